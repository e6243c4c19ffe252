namespace LayerGrad.Compute;

/// <summary>The activation functions of feed-forward parts.</summary>
internal enum Activation
{
    /// <summary>x · sigmoid(x) (Hendrycks and Gimpel 2016, Ramachandran et al. 2017).</summary>
    Silu,

    /// <summary>x · Φ(x) with Φ by its tanh approximation (<c>gelu_pytorch_tanh</c>, <c>gelu_new</c>).</summary>
    GeluTanh,

    /// <summary>x · Φ(x), exactly, through the error function (<c>gelu</c>).</summary>
    Gelu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>max(x, 0)² (So et al. 2021, arXiv 2109.08668).</summary>
    ReluSquared,

    /// <summary>1 / (1 + exp(−x)), which gates what a mixer gives.</summary>
    Sigmoid,

    /// <summary>x itself, for products element by element.</summary>
    Identity,

    /// <summary>xIELU, whose parameters are stored (<see cref="Device{T}.Xielu"/>).</summary>
    Xielu,
}
