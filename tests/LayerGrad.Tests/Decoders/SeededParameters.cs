using System.Numerics;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders;

/// <summary>Random weights of either precision that depend on their name alone; norms lie around 1.</summary>
internal sealed class SeededParameters<T> : IParameterSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, T[]> _tensors = [];

    public void Read(ParameterSpecification parameter, long start, Span<T> destination)
    {
        lock (_tensors)
        {
            if (!_tensors.TryGetValue(parameter.Name, out var values))
                _tensors[parameter.Name] = values = Make(parameter);
            values.AsSpan((int)start, destination.Length).CopyTo(destination);
        }
    }

    public void Prefetch(ParameterSpecification parameter)
    {
    }

    private static T[] Make(ParameterSpecification parameter)
    {
        var random = new Random(parameter.Name.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter)));
        var middle = parameter.Name.Contains("norm", StringComparison.Ordinal) ? 1 : 0;
        var values = new T[parameter.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = T.CreateTruncating(middle + 0.3 * (random.NextDouble() - 0.5));
        return values;
    }
}
