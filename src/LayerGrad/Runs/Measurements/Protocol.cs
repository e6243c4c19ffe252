namespace LayerGrad;

/// <summary>How an example becomes tokens, and which of them count in the loss.</summary>
public enum Protocol
{
    /// <summary>As the original script of Layer_Gradient does it, quirks included.</summary>
    Paper,

    /// <summary>One BOS, and a response that starts at the first token whose text begins in the output.</summary>
    Strict,
}
