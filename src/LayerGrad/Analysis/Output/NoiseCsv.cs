using System.Globalization;
using CsvHelper;
using LayerGrad.Analysis.Noise;

namespace LayerGrad.Analysis.Output;

/// <summary>The gradient noise scales of a kernel as comma-separated values, one number a line.</summary>
internal static class NoiseCsv
{
    private static readonly string[] s_header = ["of", "name", "quantity", "value", "low", "high", "resolved"];

    /// <summary>Every number of the result; the field of a noise scale that is not resolved is empty.</summary>
    public static string Of(NoiseResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Written(Lines(result).Prepend(s_header));
    }

    /// <summary>The same of a probe's steps, each line with its step in front.</summary>
    public static string OfSteps(NoiseOverSteps steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return Written(steps.Steps.SelectMany(step => Lines(step.Noise), (step, line) => (string[])[Text(step.Step), .. line]).Prepend(["step", .. s_header]));
    }

    private static string Written(IEnumerable<string[]> lines)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            foreach (var line in lines)
                csv.WriteLine(line);
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static IEnumerable<string[]> Lines(NoiseResult result) =>
    [
        .. Lines("all", "", result.Whole),
        .. result.Layers.SelectMany(one => Lines("layer", Text(one.Layer), one.Noise)),
        .. result.Projections.SelectMany(one => Lines("projection", one.Projection, one.Noise)),
        .. result.Weights.SelectMany(one => Lines("weight", one.Weight, one.Noise)),
    ];

    private static IEnumerable<string[]> Lines(string of, string name, NoiseScale noise) =>
        new (string, Estimate)[] { ("squared_norm", noise.SquaredNorm), ("trace", noise.Trace), ("noise_scale", noise.Scale) }
            .Select(one => (string[])[of, name, one.Item1, .. EstimateOutput.Fields(one.Item2), EstimateOutput.Field(noise.IsResolved)]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
