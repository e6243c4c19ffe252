using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Compute;

namespace LayerGrad.Tests.Decoders;

/// <summary>Random parameters in memory, the same for the same names, that a test may change.</summary>
internal sealed class RandomParameters : IParameterSource<double>
{
    private readonly Dictionary<string, double[]> _values = [];

    /// <summary>Draws the parameters: norms' weights around one, all others of a size that keeps activations near one.</summary>
    public RandomParameters(DecoderSpecification specification)
    {
        var norms = specification.Layers.SelectMany(layer => layer.Norms).Append(specification.FinalNorm).ToList();
        var ones = norms.Where(norm => norm is { AddsOne: false, Weight: not null }).Select(norm => norm.Weight!.Name).ToHashSet();
        foreach (var parameter in specification.Parameters)
        {
            if (parameter.IsBuffer && parameter.Name.EndsWith(".eps", StringComparison.Ordinal))
            {
                _values[parameter.Name] = [-0.3]; // xIELU's cut, which lies below 0.
                continue;
            }

            var random = new Random(StableHash(parameter.Name));
            var scale = parameter.IsVector || ones.Contains(parameter.Name) ? 0.3 : 1.5 / Math.Sqrt(parameter.Columns);
            var mean = ones.Contains(parameter.Name) ? 1 : 0;
            _values[parameter.Name] = [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => mean + scale * GuardedMemory.Normal(random))];
        }
    }

    /// <summary>The elements of a parameter, row-major; changes count from the next read on.</summary>
    public double[] this[ParameterSpecification parameter] => _values[parameter.Name];

    public void Read(ParameterSpecification parameter, long start, Span<double> destination) =>
        _values[parameter.Name].AsSpan((int)start, destination.Length).CopyTo(destination);

    public void Prefetch(ParameterSpecification parameter)
    {
    }

    /// <summary>string.GetHashCode differs from one process to the next (FNV-1a instead).</summary>
    private static int StableHash(string name) =>
        (int)name.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u));
}
