using System.Globalization;

namespace LayerGrad.Checkpoints.Quantized;

/// <summary>In which formats the weights of a checkpoint are quantised.</summary>
/// <param name="Method">The <c>quant_method</c>.</param>
/// <param name="Formats">Each format with its bits and groups, and how many tensors are stored so; the most frequent first.</param>
/// <param name="QuantizesActivations">Whether the model was meant to be run with quantised activations or a quantised cache of keys and values.</param>
internal sealed record QuantizedFormats(string Method, IReadOnlyList<(string Format, int Tensors)> Formats, bool QuantizesActivations)
{
    private const int MostNamed = 4;

    /// <summary>The formats on one line: <c>GPTQ of 4 bits, groups of 128 (84 tensors)</c>.</summary>
    public string Description => string.Join("; ", Formats.Take(MostNamed).Select(static format => string.Create(CultureInfo.InvariantCulture, $"{format.Format} ({format.Tensors} tensors)")))
        + (Formats.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $"; and {Formats.Count - MostNamed} more") : "");

    /// <summary>What is measured, for the opening line and the metadata.</summary>
    public string Note => $"quantised weights: {Description}; measured is the dequantised model, with each weight's exact value"
        + (QuantizesActivations ? "; the quantised activations or key-value cache that its configuration speaks of are not modelled" : "; activations are not quantised");

    /// <summary>Whether training may begin with the dequantised weights: of the formats in which models are published first.</summary>
    public bool IsTrainable => Method is "mxfp4" or "fp8";
}
