using System.Globalization;
using CsvHelper;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Analysis.Noise;

namespace LayerGrad.Analysis.Output;

/// <summary>The gradient noise scales of a kernel as comma-separated values, one number a line.</summary>
public static class NoiseCsv
{
    private static readonly string[] s_header = ["of", "name", "quantity", "value", "low", "high", "resolved"];

    /// <summary>Every number of the result; the field of a noise scale that is not resolved is empty.</summary>
    public static string Of(NoiseResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            Write(csv, s_header);
            Write(csv, "all", "", result.Whole);
            foreach (var (layer, noise) in result.Layers)
                Write(csv, "layer", layer.ToString(CultureInfo.InvariantCulture), noise);
            foreach (var (projection, noise) in result.Projections)
                Write(csv, "projection", projection, noise);
            foreach (var (weight, noise) in result.Weights)
                Write(csv, "weight", weight, noise);
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Write(CsvWriter csv, string of, string name, NoiseScale noise)
    {
        foreach (var (quantity, number) in new (string, Estimate)[] { ("squared_norm", noise.SquaredNorm), ("trace", noise.Trace), ("noise_scale", noise.Scale) })
            Write(csv, [of, name, quantity, Number(number.Value), Number(number.Low), Number(number.High), noise.IsResolved ? "true" : "false"]);
    }

    private static void Write(CsvWriter csv, IEnumerable<string> fields)
    {
        foreach (var field in fields)
            csv.WriteField(field);
        csv.NextRecord();
    }

    private static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);
}
