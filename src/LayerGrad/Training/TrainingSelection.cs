using System.Globalization;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training;

/// <summary>Which parameters are trained.</summary>
internal static class TrainingSelection
{
    /// <summary>Parameters by what they belong to.</summary>
    /// <param name="specification">The decoder.</param>
    /// <param name="selection">
    /// <c>all</c>; <c>attention</c>, the weights and biases of q, k, v and o in every layer; or <c>layers A-B</c>
    /// (also <c>layers A</c>), everything in these layers, counted from 0.
    /// </param>
    /// <returns>The parameters in the order of the checkpoint.</returns>
    /// <exception cref="InputException">The selection is of another form, or names layers that are not there.</exception>
    public static IReadOnlyList<ParameterSpecification> Parse(DecoderSpecification specification, string selection)
    {
        var words = selection.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words switch
        {
            ["all"] => [.. specification.Parameters],
            ["attention"] => [.. specification.Layers.SelectMany(layer => layer.Mixer?.Linears ?? [])
                .SelectMany(linear => new[] { linear.Weight, linear.Bias }).OfType<ParameterSpecification>()],
            ["layers", var range] => [.. Layers(specification, range).SelectMany(layer => layer.Parameters)],
            _ => throw new InputException($"--train '{selection}': say all, attention, or layers A-B, such as 'layers 0-3'"),
        };
    }

    private static IEnumerable<LayerSpecification> Layers(DecoderSpecification specification, string range)
    {
        var ends = range.Split('-');
        if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || first > last)
            throw new InputException($"--train 'layers {range}': say layers A-B, such as 'layers 0-3'");
        if (last >= specification.Layers.Count)
            throw new InputException($"--train 'layers {range}': the model has the layers 0 to {specification.Layers.Count - 1}");
        return specification.Layers.Skip(first).Take(last - first + 1);
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
