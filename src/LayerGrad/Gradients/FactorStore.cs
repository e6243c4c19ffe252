using System.Numerics;

namespace LayerGrad.Gradients;

/// <summary>
/// Keeps the factors of many examples' gradients: for each weight the Δ of every example, and the X that several
/// weights may share.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class FactorStore<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Keeps a matrix.</summary>
    /// <param name="factor">Which factor.</param>
    /// <param name="example">Whose.</param>
    /// <param name="values">A row a token, row-major; belongs to the store from now on.</param>
    public abstract void Add(int factor, int example, T[] values);

    /// <summary>Forgets all matrices of an example.</summary>
    /// <param name="example">Whose.</param>
    public abstract void Remove(int example);

    /// <summary>Forgets everything, and gives the room back.</summary>
    public abstract void Clear();

    /// <summary>The elements of a matrix; 0 where none of the example's tokens reached the layer.</summary>
    /// <param name="factor">Which factor.</param>
    /// <param name="example">Whose.</param>
    public abstract int Length(int factor, int example);

    /// <summary>Reads a matrix.</summary>
    /// <param name="factor">Which factor.</param>
    /// <param name="example">Whose.</param>
    /// <param name="room">Where a store that has no memory of its own may put it; grown where it is too small.</param>
    /// <returns>A row a token, row-major, until the store is changed or <paramref name="room"/> written.</returns>
    public abstract ReadOnlySpan<T> Read(int factor, int example, ref T[] room);

    /// <summary>Takes an example's matrices out of a table of where they are.</summary>
    /// <typeparam name="TPlace">What says where one is.</typeparam>
    /// <param name="places">The table.</param>
    /// <param name="example">Whose.</param>
    protected static void RemoveFrom<TPlace>(Dictionary<(int Factor, int Example), TPlace> places, int example)
    {
        foreach (var place in places.Keys.Where(place => place.Example == example).ToList())
            places.Remove(place);
    }

    /// <summary>Room for a matrix.</summary>
    /// <param name="room">Memory that is used again; grown where it is too small.</param>
    /// <param name="length">The elements of the matrix.</param>
    protected static Span<T> RoomFor(ref T[] room, int length)
    {
        if (room.Length < length)
            room = GC.AllocateUninitializedArray<T>(length);
        return room.AsSpan(0, length);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up what is kept.</summary>
    /// <param name="disposing">Whether this is a deliberate disposal rather than a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
