using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// The cosines and sines of rotary embeddings, computed in float64, for as many positions as have been asked for. Examples whose
/// frequencies depend on their own length have tables of their own, which depend on nothing that came before.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class RotaryTables<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostTables = 64;

    private readonly Device<T> _device;
    private readonly Dictionary<(RotarySpecification Rotary, int Variant), (DeviceMemory<T> Memory, Matrix<T> Cosines, Matrix<T> Sines)> _tables = new(new ByReference());

    /// <summary>No tables yet.</summary>
    /// <param name="device">Where they will be.</param>
    public RotaryTables(Device<T> device) => _device = device;

    /// <summary>The elements that the tables of a model take at most.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="tokens">The tokens of a batch.</param>
    /// <param name="longest">The longest example in tokens.</param>
    public static long Elements(DecoderSpecification specification, int tokens, int longest) =>
        specification.Layers.SelectMany(layer => layer.Mixer?.Rotaries ?? []).Where(rotary => rotary.Columns > 0).Distinct<RotarySpecification>(ReferenceEqualityComparer.Instance)
            .Sum(rotary => Tables(rotary, tokens, longest) * Rows(longest) * rotary.Columns);

    /// <summary>Forgets the tables of single lengths where they have become many.</summary>
    public void Trim()
    {
        if (_tables.Count <= MostTables)
            return;
        foreach (var key in _tables.Keys.Where(key => key.Variant > 1).ToList())
        {
            _tables[key].Memory.Dispose();
            _tables.Remove(key);
        }
    }

    /// <summary>The tables for the examples of one variant, positions x (columns / 2).</summary>
    /// <param name="rotary">The angles.</param>
    /// <param name="length">The length of the longest of these examples, in tokens.</param>
    public (Matrix<T> Cosines, Matrix<T> Sines) For(RotarySpecification rotary, int length)
    {
        var key = (rotary, rotary.VariantOf(length));
        if (_tables.TryGetValue(key, out var table))
        {
            if (table.Cosines.Rows >= length)
                return (table.Cosines, table.Sines);
            _tables.Remove(key);
            table.Memory.Dispose();
        }

        var frequencies = rotary.FrequenciesOf(length);
        var rows = Rows(length);
        var pairs = frequencies.Count;
        var values = new T[2 * rows * pairs];
        for (var position = 0; position < rows; position++)
        {
            for (var pair = 0; pair < pairs; pair++)
            {
                var (sine, cosine) = Math.SinCos(position * frequencies[pair]);
                values[position * pairs + pair] = T.CreateTruncating(cosine * rotary.Magnitude);
                values[(rows + position) * pairs + pair] = T.CreateTruncating(sine * rotary.Magnitude);
            }
        }

        var memory = _device.Allocate(values.Length);
        var both = memory.AsMatrix(2 * rows, pairs);
        _device.Upload(values, both);
        table = (memory, both.RowRange(0, rows), both.RowRange(rows, rows));
        _tables[key] = table;
        return (table.Cosines, table.Sines);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var table in _tables.Values)
            table.Memory.Dispose();
        _tables.Clear();
    }

    private static int Rows(int length) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, 64));

    /// <summary>One table for examples that are not long, and for those that are: one, or as many as there are lengths until they are forgotten.</summary>
    private static long Tables(RotarySpecification rotary, int tokens, int longest) => rotary.Long switch
    {
        { } others when longest > others.Threshold => 1 + (others.ChangesWithLength ? Math.Min(longest - others.Threshold, MostTables + tokens / (others.Threshold + 1)) : 1),
        _ => 1,
    };

    /// <summary>A specification is a key by itself: comparing its lists would take longer than the table.</summary>
    private sealed class ByReference : IEqualityComparer<(RotarySpecification Rotary, int Variant)>
    {
        public bool Equals((RotarySpecification Rotary, int Variant) x, (RotarySpecification Rotary, int Variant) y) =>
            ReferenceEquals(x.Rotary, y.Rotary) && x.Variant == y.Variant;

        public int GetHashCode((RotarySpecification Rotary, int Variant) key) =>
            HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key.Rotary), key.Variant);
    }
}
