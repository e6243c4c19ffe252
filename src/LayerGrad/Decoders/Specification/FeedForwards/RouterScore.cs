namespace LayerGrad.Decoders.Specification;

/// <summary>What makes scores of a router's logits.</summary>
internal enum RouterScore
{
    /// <summary>The softmax over all experts of a layer.</summary>
    Softmax,

    /// <summary>The logistic function of each logit by itself.</summary>
    Sigmoid,
}
