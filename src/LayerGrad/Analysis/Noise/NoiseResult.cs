namespace LayerGrad.Analysis.Noise;

/// <summary>The gradient noise scales of a kernel.</summary>
/// <param name="Kernel">The file.</param>
/// <param name="Examples">How many examples it has.</param>
/// <param name="Bootstrap">Resamples behind each interval.</param>
/// <param name="Seed">Their seed.</param>
/// <param name="Whole">Of all its weights together.</param>
/// <param name="Layers">Of each layer, where the kernel tells layers apart.</param>
/// <param name="Projections">Of each projection over all layers, where it tells weights apart.</param>
/// <param name="Weights">Of each weight, where it tells weights apart.</param>
/// <param name="Notes">What a reader must know.</param>
internal sealed record NoiseResult(
    string Kernel,
    int Examples,
    int Bootstrap,
    int Seed,
    NoiseScale Whole,
    IReadOnlyList<(int Layer, NoiseScale Noise)> Layers,
    IReadOnlyList<(string Projection, NoiseScale Noise)> Projections,
    IReadOnlyList<(string Weight, NoiseScale Noise)> Weights,
    IReadOnlyList<string> Notes)
{
    /// <summary>The largest finite number among the layers' scales and the ends of their intervals; NaN where there is none.</summary>
    internal double LargestScale => Layers.SelectMany(layer => (double[])[layer.Noise.Scale.Value, layer.Noise.Scale.High])
        .Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
}
