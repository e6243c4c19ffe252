using LayerGrad.Measuring;

namespace LayerGrad.Data.Scoring;

/// <summary>What to score, and how.</summary>
internal sealed record ScoreOptions
{
    /// <summary>The model, the dataset, how an example becomes tokens, on what to compute; <see cref="MeasureRunOptions.Out"/> is the file of scores.</summary>
    public required MeasureRunOptions Measure { get; init; }

    /// <summary>What examples are scored by.</summary>
    public ScoreKind By { get; init; }

    /// <summary>The name of a score on the command line and in files.</summary>
    public static string NameOf(ScoreKind by) => by == ScoreKind.Loss ? ScoreKeys.Loss : ScoreKeys.Ifd;

    /// <summary>Reads a score's name.</summary>
    /// <exception cref="InputException">There is none of that name.</exception>
    public static ScoreKind ParseKind(string name) => name switch
    {
        ScoreKeys.Loss => ScoreKind.Loss,
        ScoreKeys.Ifd => ScoreKind.InstructionFollowingDifficulty,
        _ => throw new InputException($"--by {name}: there are {ScoreKeys.Loss} and {ScoreKeys.Ifd}."),
    };
}
