using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Gradients.Adapters;
using LayerGrad.Gradients.Influence;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Data.Influence;

/// <summary>
/// Computes ⟨g, ḡ⟩ and ‖g‖² of every training example and weight in two passes: the query's gradients are added up, then each training example is multiplied with
/// their mean as its backward pass goes by. Nothing of the training examples is kept, so there may be any number of them.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class InfluenceEngine<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string OutOfRange = "its gradients leave the range of float32; --precision fp64 has them";

    private readonly MeasureInputs _inputs;
    private readonly Device<T> _device;
    private readonly Decoder<T> _decoder;
    private readonly MemoryPlan _plan;
    private readonly GradientSum<T> _query;
    private readonly InfluenceSink<T> _influence;
    private readonly FactorRangeSink<T> _ranges;
    private readonly AdapterFactors<T>? _adapter;

    /// <summary>Loads the model.</summary>
    /// <param name="options">What to compute, and on what.</param>
    /// <param name="inputs">The model.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public InfluenceEngine(MeasureRunOptions options, MeasureInputs inputs)
    {
        _inputs = inputs;
        var (model, specification) = (inputs.Model, inputs.Model.Specification);
        var source = model.Parameters<T>(); // Shapes are checked before sizes are planned with.
        Weights = WeightSelector.Whole(options.Measurement.SelectWeights(specification));
        var planned = AdapterSink<T>.Planned(PlannedSink.Group([GradientSum<T>.Planned(Weights), InfluenceSink<T>.Planned(Weights)]), specification);
        _plan = MemoryPlan.Create(
            new MemorySizes<T>(specification, options.Measurement.MaxLength, DeviceFactory.Sizes<T>(options.Machine), planned, source: source), options.Machine.MemoryBudget);
        _device = DeviceFactory.Create<T>(options.Machine);
        try
        {
            _query = new GradientSum<T>(_device, Weights);
            _influence = new InfluenceSink<T>(_device, Weights, _query);
            _ranges = new FactorRangeSink<T>(_device, everyWeight: false);
            _adapter = AdapterSink<T>.FactorsFor(_device, specification, _query);
            _decoder = new Decoder<T>(_device, specification, new WeightStore<T>(_device, specification, source, _plan), _plan.KeptLayers);
        }
        catch
        {
            _adapter?.Dispose();
            _influence?.Dispose();
            _query?.Dispose();
            _device.Dispose();
            throw;
        }
    }

    /// <summary>The weights.</summary>
    public IReadOnlyList<SelectedWeight> Weights { get; }

    /// <summary>Says what is going to be done.</summary>
    /// <param name="observer">Is told.</param>
    /// <param name="examples">The examples of both passes.</param>
    public void Announce(IMeasureObserver? observer, IReadOnlyList<EncodedExample> examples) => observer?.Started(new MeasurePlan(
        examples.Count, 0, examples.Sum(example => (long)example.Length), PackingWindow.Pack(examples, _plan.TokenBudget).Count, _plan.TokenBudget, Weights.Count, _device.Description, _plan)
    {
        Adapter = _inputs.Model.AdapterSummary,
        WeightNotes = _inputs.Identity.WeightNotes,
        Data = _inputs.Identity.DataForm,
    });

    /// <summary>Adds up the gradients of the query.</summary>
    /// <param name="name">The dataset, for messages.</param>
    /// <param name="examples">Its examples.</param>
    /// <param name="advanced">Is told the examples and tokens that are done.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <returns>‖ḡ‖² of each weight, and how many examples are in ḡ.</returns>
    /// <exception cref="InputException">An example's gradient is beyond the element type: the sum would be wrong.</exception>
    public (double[] SquaredNorms, int Examples) Query(string name, IReadOnlyList<EncodedExample> examples, Action<int, int> advanced, CancellationToken cancel)
    {
        var count = 0;
        Pass(examples, _query, advanced, (example, loss, isOrdinary, _) =>
        {
            if (!isOrdinary)
                throw new InputException($"{name}: example {example.Example.Index}: {(double.IsFinite(loss) ? OutOfRange : "its loss is not finite")}, so the query has no mean gradient; leave it out");
            count++;
        }, cancel);
        foreach (var weight in Weights)
            _device.Scale(_query.Of(weight.Name), 1.0 / Math.Max(1, count));
        return ([.. Weights.Select(weight => _query.SquaredNorm(weight.Name))], count);
    }

    /// <summary>Multiplies the training examples with the query's mean gradient.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="advanced">Is told the examples and tokens that are done.</param>
    /// <param name="scored">Takes an example with its loss, inner products and squared norms, a weight each.</param>
    /// <param name="skipped">Is told of an example without them, and why.</param>
    /// <param name="cancel">Gives it up.</param>
    public void Train(
        IReadOnlyList<EncodedExample> examples, Action<int, int> advanced, Action<EncodedExample, double, IReadOnlyList<double>, IReadOnlyList<double>> scored,
        Action<EncodedExample, string> skipped, CancellationToken cancel) => Pass(examples, _influence, advanced, (example, loss, isOrdinary, place) =>
    {
        if (isOrdinary)
            scored(example, loss, _influence.InnerProducts(place), _influence.SquaredNorms(place));
        else
            skipped(example, double.IsFinite(loss) ? OutOfRange : "its loss is not finite");
    }, cancel);

    /// <inheritdoc />
    public void Dispose()
    {
        _adapter?.Dispose();
        _decoder.Dispose();
        _influence.Dispose();
        _query.Dispose();
        _device.Dispose();
    }

    private void Pass(
        IReadOnlyList<EncodedExample> examples, IGradientSink<T> sink, Action<int, int> advanced, Action<EncodedExample, double, bool, int> take, CancellationToken cancel)
    {
        var sinks = AdapterSink<T>.Over(_device, _adapter, new SinkGroup<T>([sink, _ranges]));
        foreach (var window in PackingWindow.Pack(examples, _plan.TokenBudget))
        {
            cancel.ThrowIfCancellationRequested();
            EncodedExample[] members = [.. window.Examples.Where(example => example.Tokens is not null)];
            if (members.Length > 0)
            {
                var result = _decoder.Backward(new PackedBatch([.. members.Select(example => example.Tokens!.Packed)]), sinks, cancel: cancel);
                for (var i = 0; i < members.Length; i++)
                    take(members[i], result.Losses[i], double.IsFinite(result.Losses[i]) && (typeof(T) == typeof(double) || _ranges.IsOrdinary(i)), i);
            }

            advanced(window.Examples.Count, window.Tokens);
        }
    }
}
