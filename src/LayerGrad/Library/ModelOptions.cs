namespace LayerGrad;

/// <summary>How a model is opened, and on what it computes.</summary>
public sealed record ModelOptions
{
    /// <summary>In which numbers to compute.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>
    /// On what to compute: <c>auto</c>, <c>cpu</c>, or, once <c>TorchDevices.Register()</c> of the package LayerGrad.Torch was called, <c>torch</c>, <c>cuda:0</c>
    /// or <c>mps</c>. <c>auto</c> takes a GPU where one works.
    /// </summary>
    public string Device { get; init; } = "auto";

    /// <summary>Processor threads; null for as many as there are.</summary>
    public int? Threads { get; init; }

    /// <summary>Bytes that measuring may use, of the device's own memory where it has one; null for most of what is free.</summary>
    public long? Memory { get; init; }

    /// <summary>A folder with another tokenizer than the model's own; null for that.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The version of transformers whose changes to a folder's tokenizer are made.</summary>
    public TokenizerRules TokenizerRules { get; init; }
}
