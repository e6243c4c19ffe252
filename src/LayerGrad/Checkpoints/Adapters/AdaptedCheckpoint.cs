using System.Text.Json;
using LayerGrad.Checkpoints.Quantized;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>
/// A checkpoint with an adapter merged into it, as its tensors are read: a layer above whatever decodes the base, which stays as it is and whose identity this has.
/// </summary>
internal sealed class AdaptedCheckpoint : Checkpoint
{
    private readonly Checkpoint _base;
    private readonly Dictionary<string, TensorInfo> _tensors;

    /// <summary>What the adapter's files hold: tensors in place of the base's, and A and B by their own names.</summary>
    private readonly Dictionary<string, IElements> _replaced = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LowRankTensor> _adapted = new(StringComparer.Ordinal);
    private readonly (string Head, string Values)? _untied;

    /// <summary>Puts an adapter over a base.</summary>
    /// <param name="checkpoint">The base; disposed with this.</param>
    /// <param name="binding">The adapter's modules and the tensors that it replaces.</param>
    public AdaptedCheckpoint(Checkpoint checkpoint, AdapterBinding binding)
        : this(checkpoint, binding.Modules)
    {
        foreach (var (name, tensor) in binding.Replacements)
        {
            _tensors[name] = tensor.Info with { Name = name };
            _replaced[name] = tensor.Elements;
        }

        if (binding.Untied is not { } untied)
            return;
        _untied = untied;
        if (untied.Head != untied.Values)
            _tensors[untied.Head] = checkpoint.Tensors[untied.Values] with { Name = untied.Head };
    }

    /// <summary>Puts modules over a base.</summary>
    /// <param name="checkpoint">The base; disposed with this.</param>
    /// <param name="modules">The modules.</param>
    public AdaptedCheckpoint(Checkpoint checkpoint, IEnumerable<AdapterModule> modules)
    {
        _base = checkpoint;
        _tensors = new Dictionary<string, TensorInfo>(checkpoint.Tensors, StringComparer.Ordinal);
        foreach (var module in modules)
        {
            var info = checkpoint.Tensors[module.Tensor];
            _tensors[module.Tensor] = info with { DType = $"{info.DType} + LoRA" };
            _adapted[module.Tensor] = new LowRankTensor(checkpoint, module);
            (_replaced[module.NameOfA], _replaced[module.NameOfB]) = (module.A, module.B);
        }
    }

    /// <inheritdoc />
    public override string Location => _base.Location;

    /// <inheritdoc />
    public override JsonElement Config => _base.Config;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc />
    internal override QuantizedFormats? Quantization => _base.Quantization;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, object>? GgufMetadata => _base.GgufMetadata;

    /// <summary>The weights that are changed by factors, by the base's names.</summary>
    public IReadOnlyDictionary<string, LowRankTensor> Adapted => _adapted;

    /// <inheritdoc />
    public override void Read(string name, long start, Span<float> destination)
    {
        if (_adapted.TryGetValue(name, out var adapted))
            adapted.Read(start, destination);
        else if (_replaced.TryGetValue(name, out var replaced))
            replaced.Read(start, destination);
        else
            _base.Read(Behind(name), start, destination);
    }

    /// <inheritdoc />
    public override void Read(string name, long start, Span<double> destination)
    {
        if (_adapted.TryGetValue(name, out var adapted))
            adapted.Read(start, destination);
        else if (_replaced.TryGetValue(name, out var replaced))
            replaced.Read(start, destination);
        else
            _base.Read(Behind(name), start, destination);
    }

    /// <inheritdoc />
    internal override void Ranges(string name, FileRange range)
    {
        if (_replaced.TryGetValue(name, out var replaced))
            replaced.Ranges(range);
        else
            _base.Ranges(Behind(name), range);
    }

    /// <inheritdoc />
    public override string Hash() => _base.Hash();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _base.Dispose();
    }

    /// <summary>A head that was the embedding and is no longer has the values that the embedding had.</summary>
    private string Behind(string name) => _untied is var (head, values) && name == head && !_base.Tensors.ContainsKey(head) ? values : name;
}
