using LayerGrad.Compute;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Models;

namespace LayerGrad;

/// <summary>
/// A language model whose loss gradients are measured in memory. What is measured is what <c>layergrad measure</c> writes: the same pass, the same numbers.
/// Dispose of it to close its files.
/// </summary>
/// <example><code>
/// using var model = LanguageModel.Load("path/or/hub-name", new ModelOptions { Precision = Precision.Float32 });
/// foreach (var measured in model.Measure(examples, new MeasureOptions { Weights = WeightSelection.Attention }))
///     Console.WriteLine($"{measured.Index}: {measured.Loss} {measured["model.layers.0.self_attn.q_proj.weight"].NuclearNorm}");
/// </code></example>
public sealed class LanguageModel : IDisposable
{
    private const string Given = "the examples";

    private readonly LoadedModel _model;
    private readonly ModelOptions _options;
    private readonly HashSet<IDisposable> _engines = [];
    private readonly Lock _lock = new();
    private bool _isDisposed;

    private LanguageModel(LoadedModel model, ModelOptions options) => (_model, _options) = (model, options);

    /// <summary>The model as it was named.</summary>
    public string Name => _model.Name;

    /// <summary>Its family: the <c>model_type</c> of its configuration.</summary>
    public string Family => _model.Specification.Family;

    /// <summary>How many layers it has.</summary>
    public int Layers => _model.Specification.Layers.Count;

    /// <summary>What a user must know of its tensors and its configuration, a sentence each; none for most models.</summary>
    public IReadOnlyList<string> Notes => _model.Notes;

    /// <summary>
    /// Opens a model. Its configuration is checked now; weights are read into the device's memory while something is measured, and not before.
    /// </summary>
    /// <param name="model">A Hugging Face folder, a GGUF file, or a name on the hub (<c>Qwen/Qwen2.5-1.5B</c>), whose files are downloaded into the hub's cache first.</param>
    /// <param name="options">How it is opened, and on what it computes.</param>
    /// <param name="cancel">Ends a download; started again, it goes on.</param>
    /// <exception cref="InputException">There is no such model, its family is not supported, or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LanguageModel Load(string model, ModelOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new ModelOptions();
        new MeasureRunOptions { Model = model, Data = Given, Out = "", Device = options.Device, Threads = options.Threads, Measurement = new() { Precision = options.Precision } }.Validate();
        var opened = ModelLoader.Open(model, ModelLoader.Locate(model, cancel: cancel), options.Tokenizer);
        try
        {
            _ = opened.Specification;
            return new LanguageModel(opened, options);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The full names of the weights that a selection holds, in the order of the layers.</summary>
    /// <param name="weights">The selection; null for what <see cref="Protocol.Paper"/> measures.</param>
    /// <exception cref="InputException">A name matches no weight of the model.</exception>
    public IReadOnlyList<string> WeightNames(WeightSelection? weights = null)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return [.. new MeasureOptions { Weights = weights }.Specification(_options).SelectWeights(_model.Specification).Select(weight => weight.Name)];
    }

    /// <summary>
    /// Measures examples, as many as one packing window holds at a time: they are taken from <paramref name="examples"/> as they are needed. The weights are read
    /// when the first one is asked for, and given up when the enumeration ends or is left, so a loop over many examples is better than many loops.
    /// </summary>
    /// <param name="examples">The examples; one whose <see cref="Example.Index"/> is negative is given its place among them.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="cancel">Ends the enumeration within the window that is being measured.</param>
    /// <returns>The measured examples in the order given. Each enumeration measures anew.</returns>
    /// <exception cref="InputException">An option is wrong; while enumerating: an example cannot be measured and <see cref="MeasureOptions.Skipped"/> is null.</exception>
    /// <exception cref="InsufficientMemoryException">While enumerating: the memory does not suffice; give a smaller <see cref="ModelOptions.Memory"/>.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: it was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IEnumerable<MeasuredExample> Measure(IEnumerable<Example> examples, MeasureOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        options ??= new MeasureOptions();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var run = RunOptions(options);
        run.Validate();
        var names = run.Measurement.SelectWeights(_model.Specification).Select(weight => weight.Name);
        var measuring = new InMemoryMeasuring(_model, run with { FactorsOf = FactorsOf(options, names) }, options);
        return Enumerate();

        IEnumerable<MeasuredExample> Enumerate()
        {
            using var engine = measuring.CreateEngine();
            Hold(engine);
            try
            {
                foreach (var measured in measuring.Measure(engine, Placed(examples), cancel))
                {
                    yield return measured;
                    ObjectDisposedException.ThrowIf(_isDisposed, this);
                }
            }
            finally
            {
                Release(engine);
            }
        }
    }

    /// <summary>The inner products between the gradients of all examples, exactly, from their factors: what <c>layergrad kernel</c> writes.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="options">Which weights and how; sinks, statistics, factors and shares are no part of it.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <exception cref="InputException">An option is wrong, or an example cannot be measured and <see cref="MeasureOptions.Skipped"/> is null.</exception>
    /// <exception cref="InsufficientMemoryException">The memory does not suffice, for the model, or for the factors of all examples.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public GradientInnerProducts InnerProducts(IEnumerable<Example> examples, MeasureOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        options ??= new MeasureOptions();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var run = RunOptions(options);
        run = run with { Measurement = run.Measurement with { Tokens = false } };
        run.Validate();
        return InMemoryKernel.Compute(_model, run, [.. Placed(examples)], options.Skipped, cancel);
    }

    /// <summary>Closes the model's files, and gives up the memory of enumerations that were neither ended nor left; asked for their next example, they throw.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            foreach (var engine in _engines)
                engine.Dispose();
            _engines.Clear();
        }

        _model.Dispose();
    }

    private MeasureRunOptions RunOptions(MeasureOptions options) => new()
    {
        Model = _model.Name,
        Data = Given,
        Out = "",
        Tokenizer = _options.Tokenizer,
        Device = _options.Device,
        Threads = _options.Threads,
        Memory = _options.Memory,
        Measurement = options.Specification(_options) with { Date = options.Chat ? options.Date ?? DateOnly.FromDateTime(DateTime.Today) : null },
    };

    /// <summary>The weights whose factors somebody asks for; null where nobody does.</summary>
    private static HashSet<string>? FactorsOf(MeasureOptions options, IEnumerable<string> names)
    {
        var wanted = names.Where(name => options.Factors || options.Sinks.Any(sink => sink.NeedsFactors(name)) || options.Statistics.Any(statistic => statistic.NeedsFactors(name)))
            .ToHashSet(StringComparer.Ordinal);
        return wanted.Count == 0 ? null : wanted;
    }

    private static IEnumerable<Example> Placed(IEnumerable<Example> examples) => examples.Select((example, place) => example.Index < 0 ? example with { Index = place } : example);

    private void Hold(IDisposable engine)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _engines.Add(engine);
        }
    }

    private void Release(IDisposable engine)
    {
        lock (_lock)
            _engines.Remove(engine);
    }
}
