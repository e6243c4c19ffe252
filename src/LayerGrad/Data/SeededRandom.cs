using System.Numerics;

namespace LayerGrad.Data;

/// <summary>
/// A pseudo-random generator whose numbers depend on the seed alone, not on the machine or the version of .NET
/// (<see cref="Random"/> promises neither): xoshiro256** (Blackman and Vigna 2021, doi:10.1145/3460772), its state
/// filled by SplitMix64 as its authors advise. Everything here that samples or shuffles a dataset draws from it.
/// </summary>
public sealed class SeededRandom
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>A generator at the start of the sequence of a seed.</summary>
    /// <param name="seed">Any number; equal seeds give equal sequences.</param>
    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each equally likely.</summary>
    /// <param name="bound">How many numbers to choose from; at least 1.</param>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);

        // Lemire 2019 (arXiv:1805.10941): the high half of the product, rejecting the draws that would favour some numbers.
        var n = (ulong)bound;
        var high = Math.BigMul(NextUInt64(), n, out var low);
        for (var threshold = unchecked(0 - n) % n; low < threshold;)
            high = Math.BigMul(NextUInt64(), n, out low);
        return (int)high;
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

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
