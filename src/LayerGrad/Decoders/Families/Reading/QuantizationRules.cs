namespace LayerGrad.Decoders.Families.Reading;

/// <summary>
/// Which of the formats that <c>quantization_config</c> names are decoded: gpt-oss's MXFP4, and eight-bit floats with a scale for each block as DeepSeek
/// publishes them. The weight is what the decoder gives, and activations are not quantised: gradients are those of the dequantised model.
/// </summary>
internal static class QuantizationRules
{
    private const string Field = "quantization_config";

    /// <summary>Refuses every other format, and settings of these that are not implemented.</summary>
    /// <param name="config">The configuration.</param>
    public static void Check(ConfigReader config)
    {
        if (config.Object(Field) is not { } settings)
            return;
        switch (settings.Text("quant_method", ""))
        {
            case "mxfp4":
                settings.Ignore("dequantize");
                break;
            case "fp8":
                if (settings.Ints("weight_block_size") is not [> 0, > 0])
                    throw settings.Unsupported("weight_block_size", "two numbers above 0, the rows and columns of a block");
                if (settings.Text("fmt", "e4m3") != "e4m3")
                    throw settings.Unsupported("fmt", "e4m3");
                if (settings.Text("activation_scheme", "dynamic") != "dynamic")
                    throw settings.Unsupported("activation_scheme", "dynamic");
                settings.Ignore("dequantize");
                break;
            default:
                throw config.Unsupported(Field, "weights in F32, F16, BF16, GGUF's quantised types, quant_method mxfp4, and fp8 with weight_block_size");
        }

        // Which modules are quantised, the tensors show.
        settings.Ignore("modules_to_not_convert");
        settings.Ignore("ignored_layers");
    }
}
