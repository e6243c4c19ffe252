using System.Text.RegularExpressions;
using LayerGrad.Runs;

namespace LayerGrad.Analysis;

/// <summary>How much of the reasoning a set's responses spell out.</summary>
internal enum ReasoningStyle
{
    /// <summary>Not known, or not a reasoning task.</summary>
    Unknown,

    /// <summary>The answer alone.</summary>
    None,

    /// <summary>A short chain of thought.</summary>
    Simplified,

    /// <summary>A detailed chain of thought.</summary>
    Detailed,
}

/// <summary>How widely known the pages are that a knowledge set is made of.</summary>
internal enum Popularity
{
    /// <summary>Not known, or not a knowledge task.</summary>
    Unknown,

    /// <summary>Popular pages.</summary>
    Popular,

    /// <summary>Pages of the long tail.</summary>
    Unpopular,
}

/// <summary>Which end of a quality metric a set was selected from.</summary>
internal enum DataQuality
{
    /// <summary>Not known, or not selected by quality.</summary>
    Unknown,

    /// <summary>The lowest.</summary>
    Low,

    /// <summary>The highest.</summary>
    High,
}

/// <summary>
/// What a run stands for in the papers' claims. It is read off names: the label first, then the dataset in <c>RUN.meta.json</c>, then the file's name
/// and its two folders (the original keeps irrelevant answers in <c>…_wrong_answer_shuffle/MODEL_it_new/</c>). The first that says something decides.
/// </summary>
/// <param name="Style">How much reasoning the responses spell out.</param>
/// <param name="Popularity">How popular a knowledge set's pages are.</param>
/// <param name="Quality">Which end of a quality metric it was selected from.</param>
/// <param name="Irrelevant">Whether its answers belong to other questions.</param>
/// <param name="Instruct">Whether the model is an instruction-tuned one.</param>
internal sealed partial record SetRole(ReasoningStyle Style, Popularity Popularity, DataQuality Quality, bool Irrelevant, bool Instruct)
{
    /// <summary>Reads a run's role off its names.</summary>
    /// <param name="label">Its label, or <see langword="null"/> where the user gave none.</param>
    /// <param name="path">Its file.</param>
    /// <param name="metadata">Its <c>RUN.meta.json</c>, where there is one.</param>
    internal static SetRole Of(string? label, string path, RunDescription? metadata)
    {
        var dataset = metadata?.NameOfData;
        var model = metadata?.NameOfModel;
        var file = Path.GetFileNameWithoutExtension(path);
        var folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? "";
        var above = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(path)))) ?? "";
        string?[] names = [label, dataset is null ? null : Path.GetFileNameWithoutExtension(dataset), file];
        string?[] withFolders = [.. names, dataset, folder, above];
        return new SetRole(
            First(names, StyleOf),
            First(names, name => Unpopular().IsMatch(name) ? Popularity.Unpopular : Popular().IsMatch(name) ? Popularity.Popular : default),
            First(names, name => High().IsMatch(name) ? DataQuality.High : Low().IsMatch(name) ? DataQuality.Low : default),
            withFolders.Any(name => name is not null && WrongAnswers().IsMatch(name)),
            IsInstruct(label, metadata, [model, file, folder]));
    }

    /// <summary>Whether a run's metadata says that its answers belong to other questions: its dataset's name or folder does.</summary>
    /// <param name="metadata">Its <c>RUN.meta.json</c>, where there is one.</param>
    internal static bool SaysIrrelevant(RunDescription? metadata) => metadata?.NameOfData is { } dataset && WrongAnswers().IsMatch(dataset);

    /// <summary>
    /// Whether the model is taken as an instruction-tuned one: the label says so, or says base; else the run was measured with <c>--chat</c> or not;
    /// else the names say so.
    /// </summary>
    private static bool IsInstruct(string? label, RunDescription? metadata, string?[] names)
    {
        if (label is not null && Tuned().IsMatch(label))
            return true;
        if (label is not null && Pretrained().IsMatch(label))
            return false;
        return metadata?.Chat ?? names.Any(name => name is not null && Tuned().IsMatch(name));
    }

    private static ReasoningStyle StyleOf(string name) =>
        NoReasoning().IsMatch(name) ? ReasoningStyle.None
        : Detail().IsMatch(name) ? ReasoningStyle.Detailed
        : Simple().IsMatch(name) ? ReasoningStyle.Simplified
        : ReasoningStyle.Unknown;

    private static T First<T>(string?[] names, Func<string, T> role) where T : struct, Enum =>
        names.Where(name => name is not null).Select(name => role(name!)).FirstOrDefault(found => !found.Equals(default(T)));

    [GeneratedRegex(@"no[\s_-]*cot|(?<![a-z])none(?![a-z])|answer[\s_-]*only|without[\s_-]*cot", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex NoReasoning();

    [GeneratedRegex("gpt-?4o|detailed", RegexOptions.IgnoreCase, 30_000)]
    private static partial Regex Detail();

    [GeneratedRegex(@"with[\s_-]*cot|simpl", RegexOptions.IgnoreCase, 30_000)]
    private static partial Regex Simple();

    [GeneratedRegex("unpopular|long[ _-]?tail", RegexOptions.IgnoreCase, 30_000)]
    private static partial Regex Unpopular();

    [GeneratedRegex("popular", RegexOptions.IgnoreCase, 30_000)]
    private static partial Regex Popular();

    [GeneratedRegex("(?<![a-z])(high|highest|top)(?![a-z])", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex High();

    [GeneratedRegex("(?<![a-z])(low|lowest|bottom)(?![a-z])", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex Low();

    [GeneratedRegex("wrong|irrelevant|incorrect|shuffle", RegexOptions.IgnoreCase, 30_000)]
    private static partial Regex WrongAnswers();

    [GeneratedRegex("(?<![a-z])base(?![a-z])", RegexOptions.IgnoreCase, 30_000)]
    private static partial Regex Pretrained();

    [GeneratedRegex("chat|instruct|(?<![a-z])it(?![a-z])", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex Tuned();
}
