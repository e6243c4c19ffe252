using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Quantized.Settings;

/// <summary>What <c>quantization_config</c> says of how weights are stored. Which of them are, the tensors themselves show.</summary>
/// <param name="Method">The <c>quant_method</c>.</param>
internal sealed record QuantizationSettings(string Method)
{
    /// <summary>The key of the configuration.</summary>
    public const string Field = "quantization_config";

    /// <summary>The methods that are read, for messages.</summary>
    public const string Methods = "awq, bitsandbytes, compressed-tensors, fp8, gptq, modelopt and mxfp4, and GGUF's own types";

    /// <summary>Bits of a code, of GPTQ and AWQ.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>Elements of a group, −1 for a whole line, of GPTQ, AWQ and ModelOpt.</summary>
    public int GroupSize { get; init; } = -1;

    /// <summary>What is added to a stored zero point of GPTQ.</summary>
    public int ZeroOffset { get; init; }

    /// <summary>GPTQ's rules for some modules, the first of those that fit counts.</summary>
    public IReadOnlyList<ModuleRule> Rules { get; init; } = [];

    /// <summary>Rows and columns of a block of eight-bit floats.</summary>
    public (int Rows, int Columns)? Block { get; init; }

    /// <summary>The groups of compressed-tensors.</summary>
    public IReadOnlyList<WeightGroup> Groups { get; init; } = [];

    /// <summary>Whether the model was meant to be run with quantised activations or a quantised cache of keys and values.</summary>
    public bool QuantizesActivations { get; init; }

    /// <summary>The settings of a configuration, or null where it has none.</summary>
    /// <param name="config">The contents of <c>config.json</c>.</param>
    /// <exception cref="InputException">A method or a setting is not implemented, by its name.</exception>
    public static QuantizationSettings? Read(JsonValue config)
    {
        var own = config.Find(Field);
        if (own is null && config.Find("text_config") is { IsObject: true } text)
            own = text.Find(Field);
        if (own is not { } settings)
            return null;
        if (!settings.IsObject)
            throw settings.Wrong("an object");
        return SettingsReader.Read(settings);
    }
}
