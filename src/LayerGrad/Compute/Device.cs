using System.Numerics;
using System.Runtime.CompilerServices;

namespace LayerGrad.Compute;

/// <summary>
/// What a piece of hardware offers to decoders: memory, copies, the matrix product, and the row and element
/// operations that a decoder consists of, each beside its backward. All matrices are row-major; a row is a token.
/// A backward adds to the gradients it is given unless it says otherwise.
/// </summary>
/// <remarks>
/// A device may run ahead of the program. It takes its operations from one thread at a time and does them in the order in which it was
/// asked, so that an operation sees what those before it wrote. What an operation is handed in host memory (spans, lists) is read before
/// the call returns; device memory that it reads or writes may be handed to the next operation, overwritten or disposed as soon as the call has returned, because the device
/// puts that behind it as well. Only <see cref="Download"/>, <see cref="Synchronize"/> and the wait for a
/// <see cref="DeviceResult{TValue}"/> hold the program up.
/// </remarks>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class Device<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A device that counts its memory with a given counter.</summary>
    /// <param name="memory">Counts what is allocated.</param>
    private protected Device(MemoryCounter memory) => (Memory, Transfers) = (memory, new TransferCounter());

    /// <summary>A device that hands everything on to another one, which counts.</summary>
    /// <param name="inner">The other one.</param>
    private protected Device(Device<T> inner) => (Memory, Transfers) = (inner.Memory, inner.Transfers);

    /// <summary>The bytes that are allocated now: what <see cref="Allocate"/> gave and nobody has disposed, and the device's own work space.</summary>
    public long Allocated => Memory.Allocated;

    /// <summary>The most bytes that were allocated at a time since the device was made or <see cref="ResetPeak"/> was called.</summary>
    public long Peak => Memory.Peak;

    /// <summary>What crossed between the program and the device so far.</summary>
    public TransferCounter Transfers { get; }

    /// <summary>Counts every allocation of the device.</summary>
    internal MemoryCounter Memory { get; }

    /// <summary>Where it is called for, operations are given up between two of their parts, and what they write is left undefined.</summary>
    public virtual CancellationToken Stop { get; set; }

    /// <summary>Gives operations up when a token is called for, until what is returned is disposed of: a long window is so left within a moment, whatever its layers take.</summary>
    /// <param name="cancel">The token.</param>
    public StopScope<T> StopOn(CancellationToken cancel) => new(this, cancel);

    /// <summary>Lets <see cref="Peak"/> begin anew from what is allocated now.</summary>
    public void ResetPeak() => Memory.ResetPeak();

    /// <summary>One line for metadata and <c>doctor</c>: which hardware and which libraries compute.</summary>
    public abstract string Description { get; }

    /// <summary>Allocates memory whose contents are undefined.</summary>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much memory.</exception>
    public abstract DeviceMemory<T> Allocate(long length);

    /// <summary>Allocates memory for parameters whose values are exact in a type of storage. A device may take a wider one: this one takes the type that is computed in.</summary>
    /// <param name="length">The number of elements.</param>
    /// <param name="storage">The narrowest type that holds the values.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much memory.</exception>
    public virtual ParameterMemory<T> AllocateParameters(long length, ParameterStorage storage) => Allocate(length);

    /// <summary>The bytes that an element of a parameter takes on this device.</summary>
    /// <param name="storage">As in <see cref="AllocateParameters"/>.</param>
    public virtual int ParameterBytes(ParameterStorage storage) => Unsafe.SizeOf<T>();

    /// <summary>Fills a parameter through the host's spans, in parts of whole rows that may be filled side by side.</summary>
    /// <param name="parameter">What is filled.</param>
    /// <param name="read">Called with the first element and the span to fill, during the call. The values are exact in the parameter's storage.</param>
    public virtual void LoadParameter(Parameter<T> parameter, RangeReader<T> read) => Fill(parameter.AsMatrix(), read);

    /// <summary>Copies a parameter into a matrix of the same shape, for what takes no parameters.</summary>
    public virtual void Widen(Parameter<T> parameter, Matrix<T> destination) => Copy(parameter.AsMatrix(), destination);

    /// <summary>Copies from the host to the device.</summary>
    /// <param name="source">rows · columns elements, row-major.</param>
    /// <param name="destination">Where they go.</param>
    public abstract void Upload(ReadOnlySpan<T> source, Matrix<T> destination);

    /// <summary>Copies from the device to the host, and waits for it.</summary>
    /// <param name="source">What is copied.</param>
    /// <param name="destination">rows · columns elements, row-major.</param>
    public abstract void Download(Matrix<T> source, Span<T> destination);

    /// <summary>Copies from the device to the host.</summary>
    /// <param name="source">What is copied.</param>
    /// <returns>rows · columns elements, row-major.</returns>
    public abstract DeviceResult<T[]> Read(Matrix<T> source);

    /// <summary>Waits until everything that the device was asked for is done; for clocks.</summary>
    public abstract void Synchronize();

    /// <summary>Fills device memory through the host's spans, in parts of whole rows that may be filled side by side.</summary>
    /// <param name="destination">What is filled.</param>
    /// <param name="read">Called with the first element and the span to fill, during the call.</param>
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

    /// <summary>Memory that serves one use after the other and only grows: fresh pages for each would cost as much as small products.</summary>
    /// <param name="memory">What there is; null at first. Disposed of by the caller in the end.</param>
    /// <param name="elements">How many elements are needed; what they hold is left undefined.</param>
    public DeviceMemory<T> Reserve(ref DeviceMemory<T>? memory, long elements)
    {
        if (memory is null || memory.Length < elements)
        {
            memory?.Dispose();
            memory = null;
            memory = Allocate(elements);
        }

        return memory;
    }

    /// <summary>Adds the inner products between every two rows, A Aᵀ, to sums in float64 on the host, and waits for it.</summary>
    /// <param name="rows">A: n x k, with k as long as one likes.</param>
    /// <param name="sums">n x n, row-major, symmetric.</param>
    public virtual void AddGramMatrix(Matrix<T> rows, double[] sums)
    {
        using var memory = Allocate((long)rows.Rows * rows.Rows);
        var products = memory.AsMatrix(rows.Rows, rows.Rows);
        Multiply(rows, false, rows, true, products);
        var values = Read(products).Wait();
        for (var i = 0; i < values.Length; i++)
            sums[i] += double.CreateTruncating(values[i]);
    }

    /// <summary>y = x · op(W) + beta · y: a linear layer, or its backward.</summary>
    /// <param name="x">m x k.</param>
    /// <param name="weight">W: k x n, or n x k with <paramref name="transposeWeight"/>.</param>
    /// <param name="transposeWeight">Whether W is taken transposed.</param>
    /// <param name="y">m x n.</param>
    /// <param name="beta">The factor of what y held; with 0 y may hold anything.</param>
    public virtual void Multiply(Matrix<T> x, Parameter<T> weight, bool transposeWeight, Matrix<T> y, double beta = 0) =>
        Multiply(x, false, weight.AsMatrix(), transposeWeight, y, beta: beta);

    /// <summary>Adds a row to every row.</summary>
    /// <param name="bias">1 x columns.</param>
    /// <param name="matrix">rows x columns.</param>
    public abstract void AddRow(Parameter<T> bias, Matrix<T> matrix);

    /// <summary>sums += the sum of all rows.</summary>
    /// <param name="matrix">rows x columns.</param>
    /// <param name="sums">1 x columns.</param>
    public abstract void SumRows(Matrix<T> matrix, Matrix<T> sums);

    /// <summary>destination row i = source row indices[i].</summary>
    public abstract void GatherRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination);

    /// <summary>destination row i = source row indices[i], of an embedding.</summary>
    public virtual void GatherRows(Parameter<T> source, ReadOnlySpan<int> indices, Matrix<T> destination) => GatherRows(source.AsMatrix(), indices, destination);

    /// <summary>destination row indices[i] += factors[i] · source row i (factor 1 where none are given). Indices may repeat.</summary>
    public abstract void ScatterAddRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination, ReadOnlySpan<double> factors = default);

    /// <summary>Row i of the matrix *= factors[i].</summary>
    public abstract void ScaleRows(Matrix<T> matrix, ReadOnlySpan<double> factors);

    /// <summary>The product of row i of a and row i of b, for each row.</summary>
    public abstract DeviceResult<double[]> DotRows(Matrix<T> a, Matrix<T> b);

    /// <summary>The largest |element| of each row; NaN where the row holds one.</summary>
    public abstract DeviceResult<double[]> LargestMagnitudes(Matrix<T> matrix);

    /// <summary>Normalization: y = normalized(x) · weight + bias, group by group.</summary>
    /// <param name="shape">The groups and which normalization.</param>
    /// <param name="x">A row a token.</param>
    /// <param name="weight">1 x size, or groups x size.</param>
    /// <param name="bias">Like <paramref name="weight"/>, or null.</param>
    /// <param name="y">Like <paramref name="x"/>; may be the same.</param>
    public abstract void Normalize(NormShape shape, Matrix<T> x, Parameter<T>? weight, Parameter<T>? bias, Matrix<T> y);

    /// <summary>The backward of <see cref="Normalize"/>.</summary>
    /// <param name="shape">The groups and which normalization.</param>
    /// <param name="x">The forward's input.</param>
    /// <param name="weight">The forward's weight.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">The gradient of the input; may be <paramref name="dy"/> where it is not accumulated.</param>
    /// <param name="accumulate">Whether to add to <paramref name="dx"/> or to overwrite it.</param>
    /// <param name="dWeight">Added to: the weight's gradient, or null where nobody wants it.</param>
    /// <param name="dBias">Added to: the bias's gradient, or null.</param>
    public abstract void NormalizeBackward(NormShape shape, Matrix<T> x, Parameter<T>? weight, Matrix<T> dy, Matrix<T> dx, bool accumulate, Matrix<T>? dWeight, Matrix<T>? dBias);

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
    /// <param name="sinks">
    /// 1 x heads, or null: a score of each head that stands in every softmax beside those of the keys and has no value (Xiao et al. 2023,
    /// arXiv 2309.17453, as gpt-oss trains it). It adds exp(sink) to the denominator; no scale, cap or window reaches it.
    /// </param>
    /// <remarks>Heads of queries and keys have one size, those of values and of the output another one.</remarks>
    public abstract void Attend(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp, Parameter<T>? sinks = null);

    /// <summary>The backward of <see cref="Attend"/>; overwrites the three gradients.</summary>
    /// <param name="shape">The forward's.</param>
    /// <param name="segments">The forward's.</param>
    /// <param name="query">The forward's.</param>
    /// <param name="key">The forward's.</param>
    /// <param name="value">The forward's.</param>
    /// <param name="output">What the forward gave.</param>
    /// <param name="logSumExp">What the forward gave.</param>
    /// <param name="dOutput">The gradient of the output.</param>
    /// <param name="dQuery">Like <paramref name="query"/>.</param>
    /// <param name="dKey">Like <paramref name="key"/>.</param>
    /// <param name="dValue">Like <paramref name="value"/>.</param>
    /// <param name="sinks">The forward's.</param>
    /// <param name="dSinks">Added to: 1 x heads, −Σ over the tokens of exp(sink − log-sum-exp) · (dOutput · output), or null where nobody wants it.</param>
    public abstract void AttendBackward(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Parameter<T>? sinks = null, Matrix<T>? dSinks = null);

    /// <summary>The causal convolution of each column by itself, each example by itself: yₜ = bias + Σⱼ taps[·, K − 1 − j] · xₜ₋ⱼ for j = 0 … K − 1, zero before the example.</summary>
    /// <param name="segments">The examples.</param>
    /// <param name="x">tokens x columns.</param>
    /// <param name="taps">columns x K; the last is that of the token itself.</param>
    /// <param name="bias">1 x columns, or null.</param>
    /// <param name="y">tokens x columns, not <paramref name="x"/>.</param>
    public abstract void Convolve(IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Parameter<T>? bias, Matrix<T> y);

    /// <summary>The backward of <see cref="Convolve"/>.</summary>
    /// <param name="segments">The examples.</param>
    /// <param name="x">The forward's input.</param>
    /// <param name="taps">The forward's.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">Overwritten: that of the input; neither <paramref name="dy"/> nor <paramref name="x"/>.</param>
    /// <param name="dTaps">Added to: that of the taps, or null where nobody wants it.</param>
    /// <param name="dBias">Added to: that of the bias, or null.</param>
    public abstract void ConvolveBackward(IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dTaps, Matrix<T>? dBias);

    /// <summary>The logarithm of the decay of linear attention: y = −exp(logRate) · softplus(x + bias), a head a column.</summary>
    /// <param name="x">tokens x heads.</param>
    /// <param name="logRate">1 x heads.</param>
    /// <param name="bias">1 x heads.</param>
    /// <param name="y">tokens x heads.</param>
    public abstract void LogDecay(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> y);

    /// <summary>The backward of <see cref="LogDecay"/>.</summary>
    /// <param name="x">The forward's input.</param>
    /// <param name="logRate">The forward's.</param>
    /// <param name="bias">The forward's.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">Overwritten: that of the input.</param>
    /// <param name="dLogRate">Added to: that of <paramref name="logRate"/>, or null where nobody wants it.</param>
    /// <param name="dBias">Added to: that of <paramref name="bias"/>, or null.</param>
    public abstract void LogDecayBackward(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dLogRate, Matrix<T>? dBias);

    /// <summary>
    /// The gated delta rule (Yang et al. 2024, arXiv 2412.06464), each example by itself. The state S of a value head, key size x value size, is zero before
    /// the example, and for each token with the decay g and the rate β
    /// <code>
    /// S ← exp(g) · S,   S ← S + k ⊗ β (v − Sᵀ k),   output = Sᵀ q
    /// </code>
    /// </summary>
    /// <param name="segments">The examples.</param>
    /// <param name="query">tokens x key heads, scaled already; each serves as many neighbouring value heads as the others.</param>
    /// <param name="key">tokens x key heads, of length 1 at most.</param>
    /// <param name="value">tokens x value heads.</param>
    /// <param name="logDecay">tokens x value heads: g, not above 0.</param>
    /// <param name="rate">tokens x value heads: β.</param>
    /// <param name="output">tokens x value heads.</param>
    /// <param name="states">
    /// Room for what the backward needs: <see cref="DeltaShape.StateRows"/> x <see cref="DeltaShape.StateColumns"/>. What stands in it is the device's own affair.
    /// </param>
    public abstract void DeltaRule(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Heads<T> output, Matrix<T> states);

    /// <summary>The backward of <see cref="DeltaRule"/>; overwrites the five gradients.</summary>
    public abstract void DeltaRuleBackward(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Matrix<T> states,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Matrix<T> dLogDecay, Matrix<T> dRate);

    /// <summary>output = activation(gate) · up, or activation(gate) where there is no up.</summary>
    public abstract void Activate(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> output);

    /// <summary>The backward of <see cref="Activate"/>; overwrites the gradients, which may be the forward's inputs.</summary>
    public abstract void ActivateBackward(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> dOutput, Matrix<T> dGate, Matrix<T>? dUp);

    /// <summary>
    /// The gated activation of gpt-oss (arXiv 2508.10925), whose gates and ups alternate in the columns: column 2i is the gate g, column 2i + 1 the up u
    /// of column i, and with g' = min(g, limit) and u' = clip(u, ±limit) y = g' · σ(slope · g') · (u' + 1).
    /// </summary>
    /// <param name="settings">The limit and the slope.</param>
    /// <param name="gateUp">rows x 2 · columns.</param>
    /// <param name="output">rows x columns.</param>
    public abstract void ClampedSwiglu(ClampedGate settings, Matrix<T> gateUp, Matrix<T> output);

    /// <summary>The backward of <see cref="ClampedSwiglu"/>. A gradient passes where the value is within the limits, these included.</summary>
    /// <param name="settings">The forward's.</param>
    /// <param name="gateUp">The forward's input.</param>
    /// <param name="dOutput">rows x columns.</param>
    /// <param name="dGateUp">rows x 2 · columns, overwritten; may be <paramref name="gateUp"/>.</param>
    public abstract void ClampedSwigluBackward(ClampedGate settings, Matrix<T> gateUp, Matrix<T> dOutput, Matrix<T> dGateUp);

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
    /// <returns>Each row's loss.</returns>
    public abstract DeviceResult<double[]> CrossEntropy(Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap);

    /// <summary>Statistics of weight gradients from their factors, without forming a gradient more than a tile at a time.</summary>
    /// <param name="gradients">The factors.</param>
    /// <returns>For each of them, the summary of each of its gradients.</returns>
    public abstract DeviceResult<GradientSummary[][]> Summarize(IReadOnlyList<GradientFactors<T>> gradients);

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
