namespace LayerGrad;

/// <summary>Which version of transformers loads a folder's tokenizer: each changes what tokenizer.json says in its own way.</summary>
public enum TokenizerRules
{
    /// <summary>As <c>AutoTokenizer</c> of transformers 4.57 does it; the default.</summary>
    Transformers4,

    /// <summary>As <c>AutoTokenizer</c> of transformers 5.24 does it.</summary>
    Transformers5,
}
