using System.Globalization;
using System.Text.Json;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Tests.Support;

/// <summary>Kernels of made-up gradients, as <c>layergrad kernel</c> writes them.</summary>
internal static class MadeUpKernel
{
    /// <summary>Writes a kernel.</summary>
    /// <param name="path"><c>KERNEL.npy</c>.</param>
    /// <param name="matrices">Examples x examples, row-major, each.</param>
    /// <param name="names">The weight of each; null for one matrix of none.</param>
    /// <param name="sets">The set of each example, with the number of its prompt where that is said; null for one set.</param>
    /// <param name="options">What stands under <c>options</c>.</param>
    public static string Write(
        string path, IReadOnlyList<double[]> matrices, IReadOnlyList<string>? names = null, IReadOnlyList<(string Set, int? Question)>? sets = null, string options = "{}")
    {
        var examples = (int)Math.Sqrt(matrices[0].Length);
        File.Delete(path);
        using (var writer = new NpyWriter(path, names is null ? [examples, examples] : [matrices.Count, examples, examples]))
        {
            foreach (var matrix in matrices)
                writer.Write(matrix);
            writer.Complete();
        }

        var axis = names is null ? "" : $"\"weight\": {JsonSerializer.Serialize(names)},";
        var axes = names is null ? "\"example\", \"example\"" : "\"weight\", \"example\", \"example\"";
        var counts = new Dictionary<string, int>();
        var members = string.Join(", ", (sets ?? [.. Enumerable.Repeat(("data", (int?)null), examples)]).Select(member =>
        {
            var position = counts[member.Item1] = counts.GetValueOrDefault(member.Item1, -1) + 1;
            var question = member.Item2 is { } number ? string.Create(CultureInfo.InvariantCulture, $", \"question\": {number}") : "";
            return string.Create(CultureInfo.InvariantCulture, $$"""{"set": "{{member.Item1}}", "index": {{position}}{{question}}}""");
        }));
        File.WriteAllText(Path.ChangeExtension(path, ".json"), $$"""{"options": {{options}}, "axes": [{{axes}}], {{axis}} "example": [{{members}}]}""");
        return path;
    }

    /// <summary>The inner products of vectors.</summary>
    public static double[] Products(IReadOnlyList<double[]> gradients) => [.. gradients.SelectMany(a => gradients.Select(b => a.Zip(b, (x, y) => x * y).Sum()))];

    /// <summary>A number of the standard normal distribution (Box and Muller 1958).</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
