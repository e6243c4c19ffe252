namespace LayerGrad.Checkpoints.Adapters;

/// <summary>What an adapter has to know of the model that it adapts, beside the tensors.</summary>
/// <param name="IsTransposed">Whether a tensor is stored a row an input (GPT-2's Conv1D).</param>
/// <param name="IsTied">Whether the head's weight is the embedding.</param>
/// <param name="Embedding">The embedding's tensor.</param>
/// <param name="IsOtherPart">Whether a tensor belongs to a part of the model that text does not pass.</param>
internal sealed record BaseLayout(Func<string, bool> IsTransposed, bool IsTied, string Embedding, Func<string, bool> IsOtherPart)
{
    /// <summary>What the head's tensor is called where it is stored.</summary>
    public string Head => Embedding.Contains("embed_in", StringComparison.Ordinal) ? "embed_out.weight" : "lm_head.weight";
}
