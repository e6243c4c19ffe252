using LayerGrad.Examples;

namespace LayerGrad.Data.Sources;

/// <summary>
/// MATH (Hendrycks et al. 2021, arXiv:2103.03874): a JSON object a problem (or JSON Lines) with <c>problem</c>,
/// <c>solution</c>, <c>level</c> and <c>type</c>. The study has the solution as it is for Simplified, and no None.
/// </summary>
internal static class MathSource
{
    public static IEnumerable<PreparedDataset> Prepare(IReadOnlyList<string> files, int sample, SeededRandom random)
    {
        var subjects = SourceReader.Records(files).GroupBy(record => record.Text("type"), StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var subject in subjects)
        {
            var name = subject.Key.ToLowerInvariant().Replace(" & ", "_", StringComparison.Ordinal).Replace(' ', '_');
            if (name.AsSpan().ContainsAny('/', '\\') || name.StartsWith('.'))
                throw new InputException($"{subject.First().Place}: `type` is '{subject.Key}', which can name no file.");
            var records = Preparation.Draw([.. subject], sample, random);
            yield return new PreparedDataset($"{name}_with_cot.json", [.. records.Select((record, i) => new Example(i, record.Text("problem"), "", record.Text("solution")))]);
            if (records.All(record => record.OptionalText("detailed") is not null))
                yield return new PreparedDataset($"{name}_with_cot_gpt4o.json", [.. records.Select((record, i) => new Example(i, record.Text("problem"), "", record.Text("detailed")))]);
        }
    }
}
