using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Parts;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// A decoder-only language model: embedding, layers, final norm, head. Layers are visited one at a time for a whole
/// batch, forward once and then backward from the last; between the two only each layer's input is kept, and, for
/// as many layers as the plan allows, what their backward needs. The others are computed again.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class Decoder<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly WeightStore<T> _weights;
    private readonly RotaryTables<T> _rotary;
    private readonly Workspace<T> _stream;
    private readonly Workspace<T> _kept;
    private readonly Workspace<T> _scratch;
    private readonly int _keptLayers;

    /// <summary>A decoder over a checkpoint's weights.</summary>
    /// <param name="device">Where it computes; not disposed with the decoder.</param>
    /// <param name="specification">What it consists of.</param>
    /// <param name="weights">Its weights; disposed with the decoder.</param>
    /// <param name="keptLayers">For how many layers, from the last on, what the backward needs is kept rather than computed again.</param>
    internal Decoder(Device<T> device, DecoderSpecification specification, WeightStore<T> weights, int keptLayers)
    {
        _device = device;
        _weights = weights;
        _keptLayers = keptLayers;
        Specification = specification;
        _rotary = new RotaryTables<T>(device);
        _stream = new Workspace<T>(device);
        _kept = new Workspace<T>(device);
        _scratch = new Workspace<T>(device);
    }

    /// <summary>What the decoder consists of.</summary>
    public DecoderSpecification Specification { get; }

    /// <summary>The weights.</summary>
    internal WeightStore<T> Weights => _weights;

    /// <summary>Each example's loss: the mean cross-entropy (natural logarithm) of its response tokens.</summary>
    /// <param name="batch">The examples.</param>
    /// <param name="cancel">Gives the batch up.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was called for.</exception>
    public double[] Losses(PackedBatch batch, CancellationToken cancel = default)
    {
        Require(batch);
        using var stop = _device.StopOn(cancel);
        var pass = Begin(batch.Segments, null, default, inputGradients: false);
        var (x, y) = (_stream.Take(batch.Tokens, Specification.HiddenSize), _stream.Take(batch.Tokens, Specification.HiddenSize));
        var last = ForwardOnly(pass, batch.Ids, x, y);
        var response = new ResponseRows(batch, 1);
        var (_, normed) = ResponseInput(pass, last, response);
        return response.MeanLosses(Head.ForwardBackward(pass, Specification.Head, response.Segments, normed, response.Labels, response.Weights, null));
    }

    /// <summary>The logits behind the last token of each sequence, scale and cap applied.</summary>
    /// <param name="sequences">The token ids of each sequence.</param>
    /// <returns>sequences x vocabulary, row-major.</returns>
    public T[] LastLogits(IReadOnlyList<int[]> sequences)
    {
        var segments = new List<Segment>(sequences.Count);
        foreach (var sequence in sequences)
            segments.Add(new Segment(segments.Count, segments.Count == 0 ? 0 : segments[^1].End, sequence.Length));
        var pass = Begin(segments, null, default, inputGradients: false);
        var (x, y) = (_stream.Take(pass.Tokens, Specification.HiddenSize), _stream.Take(pass.Tokens, Specification.HiddenSize));
        var last = ForwardOnly(pass, [.. sequences.SelectMany(sequence => sequence)], x, y);
        using var scope = _scratch.Begin();
        var rows = scope.Take(sequences.Count, Specification.HiddenSize);
        _device.GatherRows(last, [.. segments.Select(segment => segment.End - 1)], rows);
        Norm.Forward(pass, Specification.FinalNorm, rows, rows);
        var logits = scope.Take(sequences.Count, Specification.Head.Linear.Outputs);
        Head.Logits(pass, Specification.Head, rows, logits);
        var values = new T[logits.Count];
        _device.Download(logits, values);
        var (scale, cap) = (Specification.Head.Scale, Specification.Head.SoftCap);
        return Array.ConvertAll(values, value => cap is { } c
            ? T.CreateTruncating(c * Math.Tanh(double.CreateTruncating(value) * scale / c))
            : value * T.CreateTruncating(scale));
    }

    /// <summary>Forward, losses, and backward into a sink.</summary>
    /// <param name="batch">The examples.</param>
    /// <param name="sink">Receives the gradients of Σ <paramref name="exampleWeight"/> · loss.</param>
    /// <param name="exampleWeight">1 to measure examples; 1 / batch size to train on their mean.</param>
    /// <param name="cancel">Gives the batch up, within a layer too; the sink is then left with a part of it.</param>
    /// <returns>Each example's loss, and how many of its expert choices were nearly tied (0 without experts).</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was called for.</exception>
    public BatchResult Backward(PackedBatch batch, IGradientSink<T> sink, double exampleWeight = 1, CancellationToken cancel = default)
    {
        Require(batch);
        using var stop = _device.StopOn(cancel);
        var planned = Planned(batch, sink);
        var pass = Begin(batch.Segments, sink, Sizes(Specification, planned, _keptLayers), planned.NeedsInputs(Specification));
        var layers = Specification.Layers;
        var lowest = planned.LowestLayer(Specification);
        var inputs = new Matrix<T>[layers.Count + 1];
        var states = new LayerState<T>?[layers.Count];
        inputs[0] = Embed(pass, batch.Ids, _stream.Take(batch.Tokens, Specification.HiddenSize));
        for (var layer = 0; layer < layers.Count; layer++)
        {
            cancel.ThrowIfCancellationRequested();

            // Below the lowest layer of interest nothing is kept, not even the layers' inputs.
            inputs[layer + 1] = layer < lowest && layer > 0 ? inputs[layer - 1] : _stream.Take(batch.Tokens, Specification.HiddenSize);
            states[layer] = Forward(pass, layer, inputs[layer], inputs[layer + 1], layer + 1, keep: layer >= layers.Count - _keptLayers && layer >= lowest);
        }

        var gradient = _stream.TakeCleared(batch.Tokens, Specification.HiddenSize);
        sink.Begin(batch.Segments.Count);
        var response = new ResponseRows(batch, exampleWeight);
        var rowLosses = HeadBackward(pass, response, inputs[^1], gradient);
        for (var layer = layers.Count - 1; layer >= lowest; layer--)
        {
            cancel.ThrowIfCancellationRequested();
            Backward(pass, layer, inputs[layer], states[layer], gradient, planned.NeedsInput(Specification, layer, lowest));
        }

        if (pass.Shared.InputGradient is not null)
            PerLayerInputs.Backward(pass, Specification.PerLayerInputs!, [.. batch.Ids], inputs[0], gradient);
        if (lowest == 0 && Specification.PositionEmbedding is { } positions && pass.Accumulator(positions) is { } position)
            _device.ScatterAddRows(gradient, Positions(pass), position);
        if (lowest == 0 && pass.Accumulator(Specification.Embedding) is { } embedding)
        {
            if (Specification.EmbeddingScale != 1)
                _device.Scale(gradient, Specification.EmbeddingScale);
            _device.ScatterAddRows(gradient, [.. batch.Ids], embedding);
        }

        var losses = response.MeanLosses(rowLosses);
        sink.End(losses);
        return new BatchResult(losses, pass.NearTies);
    }

    /// <summary>What <see cref="Backward(PackedBatch, IGradientSink{T}, double, CancellationToken)"/> takes of the workspaces.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="pass">The pass, before it takes place.</param>
    /// <param name="keptLayers">For how many layers, from the last on, what the backward needs is kept.</param>
    internal static PassSizes Sizes(DecoderSpecification specification, PlannedPass pass, int keptLayers)
    {
        var (layers, hidden, lowest) = (specification.Layers, specification.HiddenSize, pass.LowestLayer(specification));
        var needsInputs = pass.NeedsInputs(specification);
        var (kept, most) = (0L, Math.Max(
            specification.PositionEmbedding is null ? 0 : Workspace<T>.Elements(pass.Tokens, hidden),
            specification.PerLayerInputs is { } perLayer ? PerLayerInputs.Scratch<T>(perLayer, pass.Tokens, needsInputs) : 0));
        for (var i = 0; i < layers.Count; i++)
        {
            var (state, elements) = Workspace<T>.Count(workspace => new LayerState<T>(layers[i], hidden, workspace, pass.Tokens));
            var isKept = i >= lowest && i >= layers.Count - keptLayers;
            var scratch = DecoderLayer.ForwardScratch(pass, layers[i], hidden, state, output: true);
            if (i >= lowest)
            {
                scratch = Math.Max(scratch, DecoderLayer.BackwardScratch(pass, layers[i], hidden, state, pass.NeedsInput(specification, i, lowest)));
                if (!isKept)
                    scratch = Math.Max(scratch, DecoderLayer.ForwardScratch(pass, layers[i], hidden, state, output: false));
            }

            kept += isKept ? elements : 0;
            most = Math.Max(most, scratch + (isKept ? 0 : elements));
        }

        // The input of the first layer, those behind it that are kept (below the lowest layer of interest two take turns), and the gradient.
        var streams = 1 + layers.Count - Math.Max(0, lowest - 1) + 1;
        var response = 3 * Workspace<T>.Elements(pass.ResponseTokens, hidden);
        return new PassSizes(
            streams * Workspace<T>.Elements(pass.Tokens, hidden) + SharedStreams<T>.Elements(specification, pass.Tokens, needsInputs), kept, most, response + Head.Scratch<T>(specification.Head, pass));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _weights.Dispose();
        _rotary.Dispose();
        _stream.Dispose();
        _kept.Dispose();
        _scratch.Dispose();
    }

    private Pass<T> Begin(IReadOnlyList<Segment> segments, IGradientSink<T>? sink, PassSizes sizes, bool inputGradients)
    {
        _stream.Reset(sizes.Stream);
        _kept.Reset(sizes.Kept);
        _scratch.Reset(sizes.Scratch);
        _rotary.Trim();
        var shared = SharedStreams<T>.Create(Specification, _stream, segments.Count == 0 ? 0 : segments[^1].End, sink is not null, inputGradients);
        return new Pass<T>(_device, _weights, segments, _scratch, _rotary, sink) { Shared = shared };
    }

    private void Require(PackedBatch batch)
    {
        if (Specification.PositionEmbedding is { } positions && batch.Segments.Max(segment => segment.Length) is var longest && longest > positions.Rows)
        {
            throw new InputException(
                $"an example has {longest} tokens, but the model has learned {positions.Rows} positions ('{positions.Name}'); cut examples with --max-length {positions.Rows}");
        }

        foreach (var id in batch.Ids)
        {
            if (id < 0 || id >= Specification.VocabularySize)
            {
                throw new InputException(
                    $"token id {id} is beyond the model's vocabulary of {Specification.VocabularySize}: the tokenizer belongs to another model; name the right one with --tokenizer");
            }
        }
    }

    private Matrix<T> Embed(Pass<T> pass, IReadOnlyList<int> ids, Matrix<T> x)
    {
        var embedding = Specification.Embedding;
        pass.Weights.GatherRows(embedding, [.. ids], x);
        if (Specification.EmbeddingScale != 1)
            _device.Scale(x, Specification.EmbeddingScale);
        if (Specification.PositionEmbedding is { } positions)
        {
            using var scope = _scratch.Begin();
            var added = scope.Take(x.Rows, x.Columns);
            _device.GatherRows(pass.Weights[positions], Positions(pass), added);
            _device.Add(added, x);
        }

        if (Specification.PerLayerInputs is { } inputs)
            PerLayerInputs.Forward(pass, inputs, [.. ids], x);
        return x;
    }

    /// <summary>The position of each row within its example.</summary>
    private static int[] Positions(Pass<T> pass)
    {
        var positions = new int[pass.Tokens];
        foreach (var segment in pass.Segments)
        {
            for (var i = 0; i < segment.Length; i++)
                positions[segment.Start + i] = i;
        }

        return positions;
    }

    private Matrix<T> ForwardOnly(Pass<T> pass, IReadOnlyList<int> ids, Matrix<T> x, Matrix<T> y)
    {
        Embed(pass, ids, x);
        for (var layer = 0; layer < Specification.Layers.Count; layer++)
        {
            Forward(pass, layer, x, y, layer + 1, keep: false);
            (x, y) = (y, x);
        }

        return x;
    }

    private LayerState<T>? Forward(Pass<T> pass, int layer, Matrix<T> x, Matrix<T> y, int next, bool keep)
    {
        _weights.Visit(layer, next);
        if (keep)
        {
            var state = new LayerState<T>(Specification.Layers[layer], Specification.HiddenSize, _kept, x.Rows);
            DecoderLayer.Forward(pass, Specification.Layers[layer], x, state, y);
            return state;
        }

        using var scope = _scratch.Begin();
        DecoderLayer.Forward(pass, Specification.Layers[layer], x, new LayerState<T>(Specification.Layers[layer], Specification.HiddenSize, _scratch, x.Rows), y);
        return null;
    }

    private void Backward(Pass<T> pass, int layer, Matrix<T> x, LayerState<T>? state, Matrix<T> gradient, bool needsInput)
    {
        _weights.Visit(layer, layer - 1);
        using var scope = _scratch.Begin();
        var specification = Specification.Layers[layer];
        if (state is null)
        {
            state = new LayerState<T>(specification, Specification.HiddenSize, _scratch, x.Rows);
            DecoderLayer.Forward(pass, specification, x, state, null);
        }

        DecoderLayer.Backward(pass, specification, x, state, gradient, needsInput);
    }

    private (Matrix<T> Rows, Matrix<T> Normed) ResponseInput(Pass<T> pass, Matrix<T> last, ResponseRows response)
    {
        var (rows, normed) = (_scratch.Take(response.Rows.Length, last.Columns), _scratch.Take(response.Rows.Length, last.Columns));
        _device.GatherRows(last, response.Rows, rows);
        Norm.Forward(pass, Specification.FinalNorm, rows, normed);
        return (rows, normed);
    }

    private IReadOnlyList<DeviceResult<double[]>> HeadBackward(Pass<T> pass, ResponseRows response, Matrix<T> last, Matrix<T> gradient)
    {
        using var scope = _scratch.Begin();
        var (rows, normed) = ResponseInput(pass, last, response);
        var dNormed = scope.Take(normed.Rows, normed.Columns);
        var losses = Head.ForwardBackward(pass, Specification.Head, response.Segments, normed, response.Labels, response.Weights, dNormed);
        Norm.Backward(pass, Specification.FinalNorm, rows, dNormed, dNormed, accumulate: false);
        _device.ScatterAddRows(dNormed, response.Rows, gradient);
        return losses;
    }

    private static PlannedPass Planned(PackedBatch batch, IGradientSink<T> sink) =>
        new(batch.Tokens, sink.Wants, parameter => sink.Accumulator(parameter) is not null)
        {
            Examples = batch.Segments.Count,
            ResponseTokens = batch.Segments.Sum(segment => batch.ResponseTokens(segment.Example)),
        };
}
