using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>
/// Reads rotary embeddings from a configuration: <c>rope_theta</c> with <c>rope_scaling</c> (transformers 4) or
/// <c>rope_parameters</c> (transformers 5). Formulas as in transformers' <c>modeling_rope_utils.py</c>.
/// </summary>
internal static class RotaryReader
{
    private const string Supported = "default, linear, llama3";

    /// <summary>The embedding of a model that has one.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="columns">The columns of a head that are turned.</param>
    /// <param name="interleaved">Whether neighbouring columns make a pair.</param>
    /// <param name="thetaField">The field of the base.</param>
    /// <param name="defaultTheta">The base where the field is missing.</param>
    public static RotarySpecification Read(ConfigReader config, int columns, bool interleaved = false, string thetaField = "rope_theta", double defaultTheta = 10000)
    {
        if (columns <= 0 || columns % 2 != 0)
            throw config.Inconsistent($"{columns} columns of each head would be turned, which is not an even number");
        var parameters = config.Object("rope_parameters");
        var theta = parameters?.OptionalDouble("rope_theta") ?? config.Double(thetaField, defaultTheta);
        var frequencies = RotarySpecification.Frequencies(theta, columns);
        var scaling = parameters ?? config.Object("rope_scaling");
        return new RotarySpecification(scaling is null ? frequencies : Scale(scaling, frequencies), interleaved);
    }

    private static double[] Scale(ConfigReader scaling, double[] frequencies)
    {
        var field = scaling.Has("rope_type") ? "rope_type" : "type";
        switch (scaling.Text(field, "default"))
        {
            case "default":
                return frequencies;
            case "linear":
                var factor = scaling.Double("factor");
                return Array.ConvertAll(frequencies, frequency => frequency / factor);
            case "llama3":
                return Llama3(scaling, frequencies);
            case "factors":
                var factors = scaling.Doubles("factors") ?? [];
                if (factors.Count != frequencies.Length)
                    throw scaling.Inconsistent($"{factors.Count} rotary factors for {frequencies.Length} frequencies");
                return [.. frequencies.Select((frequency, i) => frequency / factors[i])];
            case var other:
                throw scaling.Unsupported(field, other, Supported);
        }
    }

    /// <summary>Long wavelengths are stretched, short ones stay, and those between are blended (Llama 3.1).</summary>
    private static double[] Llama3(ConfigReader scaling, double[] frequencies)
    {
        var factor = scaling.Double("factor");
        var (low, high) = (scaling.Double("low_freq_factor"), scaling.Double("high_freq_factor"));
        var context = scaling.Double("original_max_position_embeddings");
        return Array.ConvertAll(frequencies, frequency =>
        {
            var wavelength = 2 * Math.PI / frequency;
            if (wavelength < context / high)
                return frequency;
            if (wavelength > context / low)
                return frequency / factor;
            var smooth = (context / wavelength - low) / (high - low);
            return (1 - smooth) * frequency / factor + smooth * frequency;
        });
    }
}
