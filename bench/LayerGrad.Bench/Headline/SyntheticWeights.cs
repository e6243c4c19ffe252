using System.Numerics;
using System.Text;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Bench.Headline;

/// <summary>Weights that are a hash of their name and place, uniform with a standard deviation of 0.02; norms lie around 1.</summary>
internal sealed class SyntheticWeights : IParameterSource<float>
{
    private static readonly float s_scale = (float)(0.02 * Math.Sqrt(3) / (1L << 31));

    /// <inheritdoc />
    public void Read(ParameterSpecification parameter, long start, Span<float> destination) => Fill(parameter.Name, start, destination);

    /// <inheritdoc />
    public void Prefetch(ParameterSpecification parameter)
    {
    }

    /// <summary>The elements of a tensor from one on.</summary>
    public static void Fill(string name, long start, Span<float> destination)
    {
        var seed = Seed(name);
        var middle = name.Contains("norm", StringComparison.Ordinal) ? 1f : 0f;
        var i = 0;
        for (; i <= destination.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            var index = (new Vector<uint>((uint)(start + i)) + Vector<uint>.Indices) * 0x9E3779B9u + new Vector<uint>(seed);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(Hash(index))) * s_scale + new Vector<float>(middle)).CopyTo(destination[i..]);
        }

        for (; i < destination.Length; i++)
            destination[i] = (int)Hash(new Vector<uint>(((uint)(start + i) * 0x9E3779B9u) + seed))[0] * s_scale + middle;
    }

    /// <summary>Token ids, the same for both sides.</summary>
    public static int[] Tokens(int count, int vocabularySize) =>
        [.. Enumerable.Range(0, count).Select(i => (int)(Hash(new Vector<uint>(((uint)i * 0x9E3779B9u) + 1))[0] % (uint)vocabularySize))];

    /// <summary>The finalizer of MurmurHash3.</summary>
    private static Vector<uint> Hash(Vector<uint> x)
    {
        x ^= x >>> 16;
        x *= 0x85EBCA6Bu;
        x ^= x >>> 13;
        x *= 0xC2B2AE35u;
        return x ^ (x >>> 16);
    }

    /// <summary>FNV-1a.</summary>
    private static uint Seed(string name) => Encoding.ASCII.GetBytes(name).Aggregate(2166136261u, (hash, value) => (hash ^ value) * 16777619u);
}
