namespace LayerGrad.Analysis.Export;

/// <summary>A column of an exported table, with the rows that are not written yet.</summary>
/// <param name="name">Its name.</param>
internal abstract class ExportColumn(string name)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Forgets the rows.</summary>
    public abstract void Clear();
}

/// <summary>A column of values of one type; null where there is none. Its room is taken once and used again.</summary>
/// <typeparam name="T">A nullable type.</typeparam>
/// <param name="name">Its name.</param>
internal sealed class ExportColumn<T>(string name) : ExportColumn(name)
{
    private T[] _values = new T[1024];

    /// <summary>How many values there are.</summary>
    public int Count { get; private set; }

    /// <summary>The values, one for each row.</summary>
    public ArraySegment<T> Values => new(_values, 0, Count);

    /// <summary>Adds a row's value.</summary>
    public void Add(T value)
    {
        if (Count == _values.Length)
            Array.Resize(ref _values, 2 * Count);
        _values[Count++] = value;
    }

    /// <inheritdoc/>
    public override void Clear() => Count = 0;
}
