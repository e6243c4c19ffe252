using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>
/// What a piece of hardware offers to decoders: memory, copies, the matrix product, and the row and element
/// operations that a decoder consists of, each beside its backward. All matrices are row-major; a row is a token.
/// A backward adds to the gradients it is given unless it says otherwise.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
public abstract class Device<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>One line for metadata and <c>doctor</c>: which hardware and which libraries compute.</summary>
    public abstract string Description { get; }

    /// <summary>Allocates memory whose contents are undefined.</summary>
    /// <param name="length">The number of elements.</param>
    public abstract DeviceMemory<T> Allocate(long length);

    /// <summary>Copies from the host to the device.</summary>
    /// <param name="source">rows · columns elements, row-major.</param>
    /// <param name="destination">Where they go.</param>
    public abstract void Upload(ReadOnlySpan<T> source, Matrix<T> destination);

    /// <summary>Copies from the device to the host.</summary>
    /// <param name="source">What is copied.</param>
    /// <param name="destination">rows · columns elements, row-major.</param>
    public abstract void Download(Matrix<T> source, Span<T> destination);

    /// <summary>Fills device memory through the host's spans, in parts of whole rows that may be filled side by side.</summary>
    /// <param name="destination">What is filled.</param>
    /// <param name="read">Called with the first element and the span to fill.</param>
    public abstract void Fill(Matrix<T> destination, RangeReader<T> read);

    /// <summary>Sets every element to zero.</summary>
    public abstract void Clear(Matrix<T> matrix);

    /// <summary>Copies a matrix of the same shape.</summary>
    public abstract void Copy(Matrix<T> source, Matrix<T> destination);

    /// <summary>destination += factor · source.</summary>
    public abstract void Add(Matrix<T> source, Matrix<T> destination, double factor = 1);

    /// <summary>matrix *= factor.</summary>
    public abstract void Scale(Matrix<T> matrix, double factor);

    /// <summary>Clamps every element to ±limit.</summary>
    public abstract void Clamp(Matrix<T> matrix, double limit);

    /// <summary>Sets the gradient to zero where the clamped value stands at ±limit.</summary>
    public abstract void ClampBackward(Matrix<T> clamped, double limit, Matrix<T> gradient);

    /// <summary>C = alpha · op(A) · op(B) + beta · C.</summary>
    /// <param name="a">m x k, or k x m with <paramref name="transposeA"/>.</param>
    /// <param name="transposeA">Whether A is taken transposed.</param>
    /// <param name="b">k x n, or n x k with <paramref name="transposeB"/>.</param>
    /// <param name="transposeB">Whether B is taken transposed.</param>
    /// <param name="c">m x n.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="beta">The factor of what C held; with 0 C may hold anything.</param>
    public abstract void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0);

    /// <summary>Adds a row to every row.</summary>
    /// <param name="bias">1 x columns.</param>
    /// <param name="matrix">rows x columns.</param>
    public abstract void AddRow(Matrix<T> bias, Matrix<T> matrix);

    /// <summary>sums += the sum of all rows.</summary>
    /// <param name="matrix">rows x columns.</param>
    /// <param name="sums">1 x columns.</param>
    public abstract void SumRows(Matrix<T> matrix, Matrix<T> sums);

    /// <summary>destination row i = source row indices[i].</summary>
    public abstract void GatherRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination);

    /// <summary>destination row indices[i] += factors[i] · source row i (factor 1 where none are given). Indices may repeat.</summary>
    public abstract void ScatterAddRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination, ReadOnlySpan<double> factors = default);

    /// <summary>Row i of the matrix *= factors[i].</summary>
    public abstract void ScaleRows(Matrix<T> matrix, ReadOnlySpan<double> factors);

    /// <summary>products[i] = row i of a · row i of b.</summary>
    public abstract void DotRows(Matrix<T> a, Matrix<T> b, Span<double> products);

    /// <summary>magnitudes[i] = the largest |element| of row i; NaN where the row holds one.</summary>
    public abstract void LargestMagnitudes(Matrix<T> matrix, Span<double> magnitudes);

    /// <summary>Normalization: y = normalized(x) · weight + bias, group by group.</summary>
    /// <param name="shape">The groups and which normalization.</param>
    /// <param name="x">A row a token.</param>
    /// <param name="weight">1 x size, or groups x size.</param>
    /// <param name="bias">Like <paramref name="weight"/>, or null.</param>
    /// <param name="y">Like <paramref name="x"/>; may be the same.</param>
    public abstract void Normalize(NormShape shape, Matrix<T> x, Matrix<T>? weight, Matrix<T>? bias, Matrix<T> y);

    /// <summary>The backward of <see cref="Normalize"/>.</summary>
    /// <param name="shape">The groups and which normalization.</param>
    /// <param name="x">The forward's input.</param>
    /// <param name="weight">The forward's weight.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">The gradient of the input; may be <paramref name="dy"/> where it is not accumulated.</param>
    /// <param name="accumulate">Whether to add to <paramref name="dx"/> or to overwrite it.</param>
    /// <param name="dWeight">Added to: the weight's gradient, or null where nobody wants it.</param>
    /// <param name="dBias">Added to: the bias's gradient, or null.</param>
    public abstract void NormalizeBackward(NormShape shape, Matrix<T> x, Matrix<T>? weight, Matrix<T> dy, Matrix<T> dx, bool accumulate, Matrix<T>? dWeight, Matrix<T>? dBias);

    /// <summary>Turns the heads by their positions' angles, in place (Su et al. 2021, arXiv 2104.09864).</summary>
    /// <param name="heads">What is turned.</param>
    /// <param name="segments">The examples; positions start at 0 in each.</param>
    /// <param name="cosines">positions x (rotated columns / 2).</param>
    /// <param name="sines">positions x (rotated columns / 2).</param>
    /// <param name="interleaved">Whether columns 2i and 2i+1 make a pair, rather than i and i + half.</param>
    /// <param name="inverse">Turn back: the backward, as a rotation's transpose is its inverse.</param>
    public abstract void Rotate(Heads<T> heads, IReadOnlyList<Segment> segments, Matrix<T> cosines, Matrix<T> sines, bool interleaved, bool inverse);

    /// <summary>Causal scaled dot-product attention with grouped queries, each example by itself.</summary>
    /// <param name="shape">Scale, cap and window.</param>
    /// <param name="segments">The examples.</param>
    /// <param name="query">tokens x heads.</param>
    /// <param name="key">tokens x key-value heads.</param>
    /// <param name="value">tokens x key-value heads.</param>
    /// <param name="output">tokens x heads.</param>
    /// <param name="logSumExp">tokens x heads: the logarithm of each softmax's denominator, for the backward.</param>
    public abstract void Attend(AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp);

    /// <summary>The backward of <see cref="Attend"/>; overwrites the three gradients.</summary>
    public abstract void AttendBackward(AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp, Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue);

    /// <summary>output = activation(gate) · up, or activation(gate) where there is no up.</summary>
    public abstract void Activate(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> output);

    /// <summary>The backward of <see cref="Activate"/>; overwrites the gradients, which may be the forward's inputs.</summary>
    public abstract void ActivateBackward(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> dOutput, Matrix<T> dGate, Matrix<T>? dUp);

    /// <summary>y = xIELU(x) (Huang and Schlag 2024, arXiv 2411.13010).</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="parameters">The stored numbers.</param>
    /// <param name="y">Like <paramref name="x"/>; may be the same.</param>
    public abstract void Xielu(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> y);

    /// <summary>The backward of <see cref="Xielu"/>.</summary>
    /// <param name="x">The forward's input.</param>
    /// <param name="parameters">The stored numbers.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">Overwritten: the gradient of the input; may be <paramref name="x"/> or <paramref name="dy"/>.</param>
    /// <param name="dAlphaP">Added to: the gradient of the positive side's parameter, 1 x 1, or null where nobody wants it.</param>
    /// <param name="dAlphaN">Added to: that of the negative side's, or null.</param>
    public abstract void XieluBackward(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dAlphaP, Matrix<T>? dAlphaN);

    /// <summary>
    /// Cross-entropy of next-token predictions (natural logarithm). Overwrites the logits with the gradient of
    /// Σ rowWeights[r] · loss[r]. Logits are scaled, then capped: z = cap · tanh(scale · logit / cap).
    /// </summary>
    /// <param name="logits">rows x vocabulary; becomes the gradient.</param>
    /// <param name="labels">The true token of each row.</param>
    /// <param name="rowWeights">The weight of each row's loss in the objective.</param>
    /// <param name="scale">What multiplies the logits.</param>
    /// <param name="softCap">The cap, or null.</param>
    /// <param name="losses">Each row's loss.</param>
    public abstract void CrossEntropy(Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap, Span<double> losses);

    /// <summary>Statistics of weight gradients from their factors, without forming a gradient more than a tile at a time.</summary>
    /// <param name="gradients">The factors.</param>
    /// <returns>For each of them, the summary of each of its gradients.</returns>
    public abstract GradientSummary[][] Summarize(IReadOnlyList<GradientFactors<T>> gradients);

    /// <summary>
    /// A step of AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) in the order of PyTorch's <c>torch.optim.AdamW</c>:
    /// decay, moments, and the step by the bias-corrected moments.
    /// </summary>
    /// <param name="weight">Updated in place.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="firstMoment">The running mean of gradients, updated in place.</param>
    /// <param name="secondMoment">The running mean of squared gradients, updated in place.</param>
    /// <param name="update">The settings of this step.</param>
    public abstract void AdamW(Matrix<T> weight, Matrix<T> gradient, Matrix<T> firstMoment, Matrix<T> secondMoment, AdamWUpdate update);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the device's resources back.</summary>
    /// <param name="disposing">Whether this is a deliberate disposal rather than a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
