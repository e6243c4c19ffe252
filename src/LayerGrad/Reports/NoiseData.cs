using System.Text.Json;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Analysis.Noise;
using LayerGrad.Analysis.Output;

namespace LayerGrad.Reports;

/// <summary>Writes the gradient noise scales of sets as the page reads them.</summary>
internal static class NoiseData
{
    /// <summary>A row for all weights and each projection, and the curve over the layers.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<(string Set, NoiseResult Noise)> noises) => json.WriteObjects("noises", noises, one =>
    {
        json.WriteString("label", one.Set);
        json.WriteNumber("examples", one.Noise.Examples);
        json.WriteObjects("rows", one.Noise.Projections.Prepend((Projection: "all", Noise: one.Noise.Whole)), row =>
        {
            json.WriteString("weights", row.Projection);
            json.Write("norm", row.Noise.SquaredNorm);
            json.Write("trace", row.Noise.Trace);
            json.WriteString("scale", NoiseTables.ScaleText(row.Noise));
        });
        Estimate[] scales = [.. one.Noise.Layers.Select(layer => layer.Noise.Drawable(one.Noise.LargestScale))];
        json.WriteIntegers("layers", one.Noise.Layers.Select(layer => (int?)layer.Layer));
        json.WriteNumbers("mean", scales.Select(scale => scale.Value));
        json.WriteNumbers("low", scales.Select(scale => scale.Low));
        json.WriteNumbers("high", scales.Select(scale => scale.High));
    });
}
