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

/// <summary>A column of values of one type; null where there is none.</summary>
/// <typeparam name="T">A nullable type.</typeparam>
/// <param name="name">Its name.</param>
internal sealed class ExportColumn<T>(string name) : ExportColumn(name)
{
    /// <summary>A value for each row.</summary>
    public List<T> Values { get; } = [];

    /// <inheritdoc/>
    public override void Clear() => Values.Clear();
}
