using System.Globalization;

namespace LayerGrad.Tokenizers;

/// <summary>A set of Unicode code points, as ranges in ascending order that neither overlap nor touch. Surrogates are never members.</summary>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF, FirstSurrogate = 0xD800, LastSurrogate = 0xDFFF;

    private readonly int[] _starts;
    private readonly int[] _ends;
    private readonly ulong _low;
    private readonly ulong _high;
    private uint[]? _plane;

    private CodePointSet(List<(int First, int Last)> ranges)
    {
        _starts = [.. ranges.Select(static range => range.First)];
        _ends = [.. ranges.Select(static range => range.Last)];
        for (var code = 0; code < 128; code++)
        {
            if (!Find(code))
                continue;
            if (code < 64)
                _low |= 1UL << code;
            else
                _high |= 1UL << (code - 64);
        }
    }

    /// <summary>The set of nothing.</summary>
    public static CodePointSet Empty { get; } = new([]);

    /// <summary>The set of all characters.</summary>
    public static CodePointSet All { get; } = Of((0, Last));

    /// <summary>Whether it has no members.</summary>
    public bool IsEmpty => _starts.Length == 0;

    /// <summary>Its ranges, first and last both included.</summary>
    public IEnumerable<(int First, int Last)> Ranges => _starts.Zip(_ends);

    /// <summary>Its members.</summary>
    public IEnumerable<int> Members => Ranges.SelectMany(static range => Enumerable.Range(range.First, range.Last - range.First + 1));

    /// <summary>The set of some ranges, in any order.</summary>
    public static CodePointSet Of(params IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var (first, last) in ranges.SelectMany(WithoutSurrogates).OrderBy(static range => range.First))
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else
                merged.Add((first, last));
        }

        return new CodePointSet(merged);
    }

    /// <summary>The set of some code points.</summary>
    public static CodePointSet OfCodes(params IEnumerable<int> codes) => Of(codes.Select(static code => (code, code)));

    /// <summary>The set that a line of the Unicode tables lists: ranges and code points in hexadecimal, with blanks between them (<c>41-5A 61-7A AA</c>).</summary>
    public static CodePointSet Parse(string ranges) => Of(ranges.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static range =>
    {
        var ends = Array.ConvertAll(range.Split('-'), static end => int.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return (ends[0], ends[^1]);
    }));

    /// <summary>What is in any of some sets.</summary>
    public static CodePointSet Union(params IEnumerable<CodePointSet> sets) => Of(sets.SelectMany(static set => set.Ranges));

    /// <summary>What is in both.</summary>
    public CodePointSet Intersect(CodePointSet other) => Union(Complement(), other.Complement()).Complement();

    /// <summary>All characters that are not in it.</summary>
    public CodePointSet Complement()
    {
        var gaps = new List<(int, int)>();
        var next = 0;
        foreach (var (first, last) in Ranges)
        {
            if (first > next)
                gaps.Add((next, first - 1));
            next = last + 1;
        }

        if (next <= Last)
            gaps.Add((next, Last));
        return Of(gaps);
    }

    /// <summary>Whether a code point is a member.</summary>
    public bool Contains(int code)
    {
        if (code < 128)
            return ((code < 64 ? _low >> code : _high >> (code - 64)) & 1) != 0;
        if (code > char.MaxValue)
            return Find(code);
        var plane = _plane ??= MakePlane();
        return (plane[code >> 5] >> (code & 31) & 1) != 0;
    }

    /// <summary>The Basic Multilingual Plane as bits: made when a text first has a character beyond ASCII.</summary>
    private uint[] MakePlane()
    {
        var plane = new uint[(char.MaxValue + 1) / 32];
        foreach (var (first, last) in Ranges)
        {
            for (var code = first; code <= Math.Min(last, char.MaxValue); code++)
                plane[code >> 5] |= 1u << (code & 31);
        }

        return plane;
    }

    private bool Find(int code)
    {
        var at = Array.BinarySearch(_starts, code);
        return at >= 0 || (~at > 0 && code <= _ends[~at - 1]);
    }

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.First < FirstSurrogate && range.First <= range.Last)
            yield return (range.First, Math.Min(range.Last, FirstSurrogate - 1));
        if (range.Last > LastSurrogate)
            yield return (Math.Max(range.First, LastSurrogate + 1), Math.Min(range.Last, Last));
    }
}
