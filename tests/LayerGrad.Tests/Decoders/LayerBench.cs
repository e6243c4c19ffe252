using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Parts;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Compute;

namespace LayerGrad.Tests.Decoders;

/// <summary>One layer with random weights: what it takes of the workspace beside what it says.</summary>
internal sealed class LayerBench : IDisposable
{
    private readonly CpuDevice<double> _device = new(1);
    private readonly WeightStore<double> _weights;
    private readonly RotaryTables<double> _rotary;
    private readonly Workspace<double> _kept;
    private readonly DenseGradients _sink;
    private readonly LayerSpecification _layer;
    private readonly LayerState<double> _state;
    private readonly IReadOnlyList<Segment> _segments;
    private readonly Matrix<double> _x;
    private readonly Matrix<double> _y;
    private readonly PlannedPass _planned;
    private readonly SharedStreams<double> _shared;

    public LayerBench(DecoderSpecification specification, LayerSpecification layer, IReadOnlyList<Segment> segments, bool wants)
    {
        var random = new Random(1);
        (_layer, _segments) = (layer, segments);
        _weights = new WeightStore<double>(_device, specification, new RandomParameters(specification), int.MaxValue, residentHead: true);
        _rotary = new RotaryTables<double>(_device);
        _sink = new DenseGradients(_device, _ => wants);
        _sink.Begin(segments.Count);
        _planned = new PlannedPass(segments[^1].End, _ => wants, _ => false) { Examples = segments.Count };
        _kept = new Workspace<double>(_device);
        _state = new LayerState<double>(layer, specification.HiddenSize, _kept, _planned.Tokens);
        _shared = SharedStreams<double>.Create(specification, _kept, _planned.Tokens, backward: true, inputGradients: true);
        if (_shared.Inputs is { } inputs)
            _device.Upload([.. Enumerable.Range(0, (int)inputs.Count).Select(_ => GuardedMemory.Normal(random))], inputs);
        (_x, _y) = (_kept.Take(_planned.Tokens, specification.HiddenSize), _kept.Take(_planned.Tokens, specification.HiddenSize));
        _device.Upload([.. Enumerable.Range(0, (int)_x.Count).Select(_ => GuardedMemory.Normal(random))], _x);
    }

    /// <summary>Compares what forward and backward take with what they say.</summary>
    public void Check(string what)
    {
        var hidden = _x.Columns;
        Require(pass => DecoderLayer.Forward(pass, _layer, _x, _state, null), DecoderLayer.ForwardScratch(_planned, _layer, hidden, _state, output: false), $"{what}: computed again");
        Require(pass => DecoderLayer.Forward(pass, _layer, _x, _state, _y), DecoderLayer.ForwardScratch(_planned, _layer, hidden, _state, output: true), $"{what}: forward");
        foreach (var needsInput in new[] { false, true })
        {
            Require(
                pass => DecoderLayer.Backward(pass, _layer, _x, _state, _y, needsInput), DecoderLayer.BackwardScratch(_planned, _layer, hidden, _state, needsInput),
                $"{what}: backward, {(needsInput ? "to" : "without")} the input");
        }
    }

    public void Dispose()
    {
        _sink.Dispose();
        _kept.Dispose();
        _rotary.Dispose();
        _weights.Dispose();
        _device.Dispose();
    }

    private void Require(Action<Pass<double>> run, long told, string what)
    {
        using var workspace = new Workspace<double>(_device);
        run(new Pass<double>(_device, _weights, _segments, workspace, _rotary, _sink) { Shared = _shared });
        if (_layer.Groups.All(group => group.Share == 1))
            workspace.Peak.ShouldBe(told, what);
        else
            workspace.Peak.ShouldBeLessThanOrEqualTo(told, what);
    }
}
