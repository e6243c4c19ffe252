using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients.Adapters;

/// <summary>The matrices A and B of an adapter on a device.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class AdapterFactors<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly Dictionary<string, List<AdapterFactor<T>>> _ofWeight = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Matrix<T>> _matrices = new(StringComparer.Ordinal);
    private readonly List<DeviceMemory<T>> _owned = [];

    /// <summary>Loads the matrices.</summary>
    /// <param name="device">Where they go.</param>
    /// <param name="adapters">The adapted layers.</param>
    public AdapterFactors(Device<T> device, IReadOnlyList<AdaptedLinear> adapters)
    {
        _device = device;
        try
        {
            foreach (var adapter in adapters)
                Load(adapter);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The elements that the matrices take.</summary>
    /// <param name="adapters">The adapted layers.</param>
    public static long Elements(IReadOnlyList<AdaptedLinear> adapters) =>
        adapters.Sum(adapter => adapter.Module.Count + (adapter.IsDora ? (long)adapter.B.Outputs * (adapter.Module.Rank + 1) : 0));

    /// <summary>The modules that adapt a weight.</summary>
    /// <param name="weight">The weight's name.</param>
    public IReadOnlyList<AdapterFactor<T>> Of(string weight) => _ofWeight.TryGetValue(weight, out var factors) ? factors : [];

    /// <summary>A or B.</summary>
    /// <param name="parameter">Which.</param>
    public Matrix<T> this[ParameterSpecification parameter] => _matrices[parameter.Name];

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var memory in _owned)
            memory.Dispose();
        _owned.Clear();
    }

    private void Load(AdaptedLinear adapter)
    {
        var (rank, outputs) = (adapter.Module.Rank, adapter.B.Outputs);
        var b = adapter.Module.ReadB();
        var onDevice = (A: Upload(adapter.Module.ReadA(), rank), B: Upload(b, outputs));
        (_matrices[adapter.A.Weight.Name], _matrices[adapter.B.Weight.Name]) = onDevice;
        var (lengths, passed) = ((Parameter<T>?)null, onDevice.B);
        if (adapter.Lengths() is { } values)
        {
            for (var i = 0; i < b.Length; i++)
                b[i] *= values[i / rank];
            passed = Upload(b, outputs);
            Upload(values, 1);
            lengths = _owned[^1].AsParameter(1, outputs);
        }

        if (!_ofWeight.TryGetValue(adapter.Weight, out var list))
            _ofWeight.Add(adapter.Weight, list = []);
        list.Add(new AdapterFactor<T>(adapter, onDevice.A, passed, lengths));
    }

    private Matrix<T> Upload(double[] values, int rows)
    {
        var memory = _device.Allocate(values.Length);
        _owned.Add(memory);
        var matrix = memory.AsMatrix(rows, values.Length / rows);
        _device.Upload(Array.ConvertAll(values, T.CreateTruncating), matrix);
        return matrix;
    }
}
