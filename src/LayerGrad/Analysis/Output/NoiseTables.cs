using System.Globalization;
using LayerGrad.Analysis.Noise;

namespace LayerGrad.Analysis.Output;

/// <summary>The gradient noise scales of a kernel as tables.</summary>
internal static class NoiseTables
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

    /// <summary>The table of several sets beside each other.</summary>
    internal static ResultTable Of(IReadOnlyList<(string Set, NoiseResult Noise)> sets) => new(
        "noise",
        "Gradient noise scale",
        "B = tr Σ / ‖g‖² of all weights together and of each projection. Not resolved: ‖g‖² is not above zero within its interval. By layer in the JSON, the CSV and 'plot --kind noise'.",
        [new("Set", IsNumber: false), new("Proj.", IsNumber: false), new("Examples", IsNumber: true), .. s_numbers.Select(heading => new ResultColumn(heading, IsNumber: true))],
        [.. sets.SelectMany(set => set.Noise.Projections.Prepend((Projection: "all", Noise: set.Noise.Whole)), (set, one) => (string[])
        [
            set.Set, one.Projection, set.Noise.Examples.ToString(CultureInfo.InvariantCulture), .. Numbers(one.Noise),
        ])]);

    /// <summary>The table of a probe's steps.</summary>
    internal static ResultTable OfSteps(NoiseOverSteps steps) => new(
        "noise_steps",
        "Gradient noise scale over training steps",
        "B = tr Σ / ‖g‖² of all weights together and of each projection. Not resolved: ‖g‖² is not above zero within its interval. By layer in the JSON and the CSV.",
        [new("Step", IsNumber: true), new("Proj.", IsNumber: false), new("Examples", IsNumber: true), .. s_numbers.Select(heading => new ResultColumn(heading, IsNumber: true))],
        [.. steps.Steps.SelectMany(step => step.Noise.Projections.Prepend((Projection: "all", Noise: step.Noise.Whole)), (step, one) => (string[])
        [
            step.Step.ToString(CultureInfo.InvariantCulture), one.Projection, step.Noise.Examples.ToString(CultureInfo.InvariantCulture), .. Numbers(one.Noise),
        ])]);

    /// <summary>The scale with its interval, or that it is not resolved.</summary>
    internal static string ScaleText(NoiseScale noise) => noise.IsResolved ? NumberText.Of(noise.Scale) : NotResolved;

    private static string[] Numbers(NoiseScale noise) => [NumberText.Of(noise.SquaredNorm), NumberText.Of(noise.Trace), ScaleText(noise)];

    private static ResultTable Table(string name, string title, string caption, string first, IEnumerable<(string Name, NoiseScale Noise)> rows)
    {
        ResultColumn[] columns = [new(first, IsNumber: false), .. s_numbers.Select(heading => new ResultColumn(heading, IsNumber: true))];
        return new ResultTable(name, title, caption, columns, [.. rows.Select(row => (string[])[row.Name, .. Numbers(row.Noise)])]);
    }
}
