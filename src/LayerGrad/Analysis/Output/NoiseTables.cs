using System.Globalization;
using LayerGrad.Analysis.Noise;

namespace LayerGrad.Analysis.Output;

/// <summary>The gradient noise scales of a kernel as tables.</summary>
public static class NoiseTables
{
    private const string NotResolved = "not resolved";

    private static readonly string[] s_numbers = ["‖g‖²", "tr Σ", "noise scale (examples)"];

    /// <summary>The tables, the one of the whole first.</summary>
    public static IEnumerable<ResultTable> Of(NoiseResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        yield return Table(
            "noise",
            $"Gradient noise scale of {result.Examples} examples",
            "B = tr Σ / ‖g‖² with 95 % intervals: batches much smaller than B average noise away, much larger ones repeat themselves. Not resolved: ‖g‖² is not above zero within its interval, so that more examples are needed.",
            "weights",
            [("all", result.Whole), .. result.Projections.Select(one => (one.Projection, one.Noise))]);
        if (result.Layers.Count > 0)
        {
            yield return Table(
                "noise_layers",
                "By layer",
                "All weights of a layer together.",
                "layer",
                result.Layers.Select(one => (one.Layer.ToString(CultureInfo.InvariantCulture), one.Noise)));
        }
    }

    private static ResultTable Table(string name, string title, string caption, string first, IEnumerable<(string Name, NoiseScale Noise)> rows)
    {
        ResultColumn[] columns = [new(first, IsNumber: false), .. s_numbers.Select(heading => new ResultColumn(heading, IsNumber: true))];
        return new ResultTable(name, title, caption, columns, [.. rows.Select(row => (string[])
        [
            row.Name,
            NumberText.Of(row.Noise.SquaredNorm),
            NumberText.Of(row.Noise.Trace),
            row.Noise.IsResolved ? NumberText.Of(row.Noise.Scale) : NotResolved,
        ])]);
    }
}
