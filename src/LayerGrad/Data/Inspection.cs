using System.Text;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Measuring;

namespace LayerGrad.Data;

/// <summary>Looks a dataset over before it is measured.</summary>
internal static class Inspection
{
    /// <summary>Counts what may surprise later, and measures lengths.</summary>
    /// <param name="examples">The dataset.</param>
    /// <param name="countTokens">Gives the tokens of an example before truncation, all of them and those of its output; null for an example that has none (an empty output); null to leave tokens out.</param>
    /// <param name="maxLength">The largest number of tokens that is measured.</param>
    public static DatasetSummary Inspect(IReadOnlyList<Example> examples, Func<Example, (int Total, int Output)?>? countTokens, int maxLength)
    {
        var commonest = examples.GroupBy(example => example.Output, StringComparer.Ordinal).MaxBy(group => group.Count())!;
        return new DatasetSummary(
            examples.Count,
            examples.Count(example => string.IsNullOrWhiteSpace(example.InstructionWithInput)),
            examples.Count(example => string.IsNullOrWhiteSpace(example.Output)),
            examples.Count - examples.Select(example => example.InstructionWithInput).Distinct(StringComparer.Ordinal).Count(),
            examples.Select(example => example.Output).Distinct(StringComparer.Ordinal).Count(),
            commonest.Key,
            commonest.Count(),
            examples.Count(AnswerStandsInInstruction),
            LengthSummary.Of([.. examples.Select(example => Characters(example.InstructionWithInput))]),
            LengthSummary.Of([.. examples.Select(example => Characters(example.Output))]),
            countTokens is null ? null : InTokens([.. examples.Select(countTokens).OfType<(int, int)>()], maxLength));
    }

    /// <summary>How many records of two datasets agree in their outputs although the instructions are the same: irrelevant answers that are right.</summary>
    /// <param name="examples">A dataset.</param>
    /// <param name="other">The same instructions, in the same order.</param>
    /// <exception cref="InputException">The instructions differ.</exception>
    public static int EqualOutputs(IReadOnlyList<Example> examples, IReadOnlyList<Example> other)
    {
        if (examples.Count != other.Count)
            throw new InputException($"the datasets have {examples.Count} and {other.Count} records; compare the same records with other answers.");
        var differing = examples.Zip(other).Count(pair => pair.First.InstructionWithInput != pair.Second.InstructionWithInput);
        if (differing > 0)
            throw new InputException($"{differing} of {examples.Count} records have different instructions in the two datasets; compare the same records with other answers.");
        return examples.Zip(other).Count(pair => pair.First.Output.Trim() == pair.Second.Output.Trim());
    }

    /// <summary>Counts tokens as a run under the paper's protocol would see them, without truncation.</summary>
    /// <param name="model">A folder or a GGUF file.</param>
    /// <param name="data">The dataset.</param>
    /// <param name="chat">Whether the model's chat template is used.</param>
    /// <param name="template">What the chat template is given beside the conversation; null for nothing.</param>
    /// <exception cref="InputException">The model or its tokenizer cannot be read.</exception>
    public static Func<Example, (int Total, int Output)?> TokenCounter(string model, LoadedDataset data, bool chat, TemplateArguments? template = null)
    {
        using var inputs = MeasureInputs.Open(new MeasureRunOptions { Model = model, Data = data.Source.Name, Source = data.Source, Out = "", Measurement = new() { Chat = chat, Template = template ?? TemplateArguments.None, MaxLength = int.MaxValue } });
        var encode = inputs.CreateEncoder(DateOnly.FromDateTime(DateTime.Today));
        return example => encode(example).Tokens is { } tokens ? (tokens.Ids.Length, tokens.ResponseLength) : null;
    }

    private static bool AnswerStandsInInstruction(Example example) =>
        !string.IsNullOrWhiteSpace(example.Output) && example.InstructionWithInput.Contains(example.Output, StringComparison.Ordinal);

    private static TokenSummary? InTokens(List<(int Total, int Output)> counts, int maxLength) => counts.Count == 0 ? null : new(
        maxLength,
        LengthSummary.Of(counts.ConvertAll(count => count.Total)),
        LengthSummary.Of(counts.ConvertAll(count => count.Output)),
        counts.Count(count => count.Total > maxLength),
        counts.Count(count => count.Total - count.Output >= maxLength));

    private static int Characters(string text)
    {
        var count = 0;
        foreach (Rune _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
