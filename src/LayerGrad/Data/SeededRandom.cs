
using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Data;

/// <summary>
/// A pseudo-random generator whose numbers depend on the seed alone, not on the machine or the version of .NET
/// (<see cref="Random"/> promises neither): <see cref="Xoshiro256"/>, stream 0. Everything here that samples or
/// shuffles a dataset draws from it.
/// </summary>
/// <param name="seed">Any number; equal seeds give equal sequences.</param>
internal sealed class SeededRandom(ulong seed)
{
    private readonly Xoshiro256 _bits = new(seed, stream: 0);

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64() => _bits.Next();

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each equally likely.</summary>
    /// <param name="bound">How many numbers to choose from; at least 1.</param>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return _bits.Below(bound);
    }

    /// <summary>Puts the items in a random order, each order equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Distinct positions, in random order.</summary>
    /// <param name="population">How many positions there are.</param>
    /// <param name="count">How many to draw; at most <paramref name="population"/>.</param>
    public int[] Sample(int population, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        var positions = Enumerable.Range(0, population).ToArray();
        Shuffle<int>(positions);
        return positions[..count];
    }
}
