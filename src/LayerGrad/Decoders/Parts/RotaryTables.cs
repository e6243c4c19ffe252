using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>The cosines and sines of rotary embeddings, computed in float64, for as many positions as have been asked for.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class RotaryTables<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> device;
    private readonly Dictionary<RotarySpecification, (DeviceMemory<T> Memory, Matrix<T> Cosines, Matrix<T> Sines)> tables = new(ReferenceEqualityComparer.Instance);

    /// <summary>No tables yet.</summary>
    /// <param name="device">Where they will be.</param>
    public RotaryTables(Device<T> device) => this.device = device;

    /// <summary>The tables, positions x (columns / 2).</summary>
    /// <param name="rotary">The angles.</param>
    /// <param name="positions">How many positions are needed at least.</param>
    public (Matrix<T> Cosines, Matrix<T> Sines) For(RotarySpecification rotary, int positions)
    {
        if (tables.TryGetValue(rotary, out var table))
        {
            if (table.Cosines.Rows >= positions)
                return (table.Cosines, table.Sines);
            table.Memory.Dispose();
        }

        var rows = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(positions, 64));
        var pairs = rotary.InverseFrequencies.Count;
        var values = new T[2 * rows * pairs];
        for (var position = 0; position < rows; position++)
        {
            for (var pair = 0; pair < pairs; pair++)
            {
                var (sine, cosine) = Math.SinCos(position * rotary.InverseFrequencies[pair]);
                values[position * pairs + pair] = T.CreateTruncating(cosine);
                values[(rows + position) * pairs + pair] = T.CreateTruncating(sine);
            }
        }

        var memory = device.Allocate(values.Length);
        var both = memory.AsMatrix(2 * rows, pairs);
        device.Upload(values, both);
        table = (memory, both.RowRange(0, rows), both.RowRange(rows, rows));
        tables[rotary] = table;
        return (table.Cosines, table.Sines);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var table in tables.Values)
            table.Memory.Dispose();
        tables.Clear();
    }
}
