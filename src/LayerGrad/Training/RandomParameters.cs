using System.Numerics;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training;

/// <summary>
/// Weights of a new model, as transformers initialises them: matrices normal with mean 0 and the configuration's
/// <c>initializer_range</c>, biases 0, norms such that they multiply by 1, the parameters of xIELU as its paper has them.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class RandomParameters<T> : IParameterSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements that one stream of random numbers gives, so that any part can be read by itself.</summary>
    private const int Block = 1024;

    private readonly ulong _seed;
    private readonly double _deviation;
    private readonly Dictionary<string, int> _positions = [];
    private readonly Dictionary<string, T> _constants = [];

    /// <summary>The weights of a seed.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="deviation">The standard deviation.</param>
    /// <param name="seed">The seed.</param>
    public RandomParameters(DecoderSpecification specification, double deviation, int seed)
    {
        (_seed, _deviation) = ((ulong)seed, deviation);
        foreach (var parameter in specification.Parameters)
            _positions.Add(parameter.Name, _positions.Count);
        foreach (var parameter in specification.Parameters.Where(parameter => parameter.IsVector || parameter.IsBuffer))
            _constants[parameter.Name] = T.Zero;
        foreach (var norm in specification.Layers.SelectMany(layer => layer.Norms).Append(specification.FinalNorm))
        {
            if (norm.Weight is { } weight)
                _constants[weight.Name] = norm.AddsOne ? T.Zero : T.One;
        }

        foreach (var xielu in specification.Layers.Select(layer => layer.FeedForward).OfType<DenseFeedForwardSpecification>().Select(dense => dense.Xielu).OfType<XieluSpecification>())
        {
            // Both sides' parameters start at 0.8 after softplus and, on the negative side, after β is added.
            const double Alpha = 0.8, Beta = 0.5;
            _constants[xielu.AlphaP.Name] = T.CreateTruncating(Math.Log(Math.Exp(Alpha) - 1));
            _constants[xielu.AlphaN.Name] = T.CreateTruncating(Math.Log(Math.Exp(Alpha - Beta) - 1));
            _constants[xielu.Beta.Name] = T.CreateTruncating(Beta);
            _constants[xielu.Epsilon.Name] = T.CreateTruncating(-1e-6);
        }
    }

    /// <inheritdoc />
    public void Read(ParameterSpecification parameter, long start, Span<T> destination)
    {
        if (_constants.TryGetValue(parameter.Name, out var constant))
        {
            destination.Fill(constant);
            return;
        }

        Span<T> block = stackalloc T[Block];
        while (!destination.IsEmpty)
        {
            var (number, offset) = Math.DivRem(start, Block);
            Fill(new Xoshiro256(_seed, ((ulong)_positions[parameter.Name] << 40) + (ulong)number), block);
            var count = (int)Math.Min(Block - offset, destination.Length);
            block.Slice((int)offset, count).CopyTo(destination);
            destination = destination[count..];
            start += count;
        }
    }

    /// <inheritdoc />
    public void Prefetch(ParameterSpecification parameter)
    {
    }

    /// <summary>Normal numbers in pairs (Box and Muller 1958), rounded to float32 so that both element types start alike.</summary>
    private void Fill(Xoshiro256 random, Span<T> block)
    {
        for (var i = 0; i < block.Length; i += 2)
        {
            var radius = _deviation * Math.Sqrt(-2 * Math.Log(Uniform(random)));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * Uniform(random));
            block[i] = T.CreateTruncating((float)(radius * cosine));
            block[i + 1] = T.CreateTruncating((float)(radius * sine));
        }
    }

    /// <summary>A number between 0 and 1, never either.</summary>
    private static double Uniform(Xoshiro256 random) => ((random.Next() >> 11) + 0.5) / (1L << 53);
}
