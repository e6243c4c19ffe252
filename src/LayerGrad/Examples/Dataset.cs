namespace LayerGrad.Examples;

/// <summary>
/// Reads instruction datasets. The format of a file (JSON, JSON Lines, CSV, TSV, Parquet, Arrow, each also compressed) is told by its bytes, the
/// form of a record (<c>{"instruction", "input"?, "output"}</c>, <c>{"messages": […]}</c>, ShareGPT, …) by its fields; <c>docs/data.md</c> lists
/// them all.
/// </summary>
internal static class Dataset
{
    /// <summary>Reads every example of a file or a folder of shards, in its order.</summary>
    /// <param name="path">What lies on the disk.</param>
    /// <returns>The examples; at least one. Text is as in the file: nothing is trimmed or normalised.</returns>
    /// <exception cref="InputException">
    /// There is no such file, it is not in a format that is read (of JSON, with line and column, from 1), it has no records, or a record is not an
    /// example (with its position, from 0).
    /// </exception>
    public static IReadOnlyList<Example> Load(string path) => Load(DatasetSource.OnDisk(path)).Examples;

    /// <summary>Reads the examples of a dataset, or a part of them; what follows the part is not read.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="fields">Which fields hold what; null to tell it by their names.</param>
    /// <param name="first">The position of the first example, from 0.</param>
    /// <param name="end">The position after the last; null for all.</param>
    /// <returns>The examples, as many as there are of those; none where the dataset ends before the first.</returns>
    /// <exception cref="InputException">As for a file; or the dataset has no records at all.</exception>
    public static LoadedDataset Load(DatasetSource source, DatasetFields? fields = null, int first = 0, int? end = null)
    {
        using var reader = new DatasetReader(source, fields ?? DatasetFields.None);
        reader.Skip(first);
        var examples = new List<Example>();
        while ((end is null || reader.Position < end) && reader.Read() is { } example)
            examples.Add(example);
        return reader.Position > 0
            ? new LoadedDataset(source, examples, reader.Description, reader.Position)
            : throw new InputException($"{source.Name}: the dataset has no records.");
    }

    /// <summary>Reads the examples of a dataset from a position on, each as it is asked for.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="fields">Which fields hold what; null to tell it by their names.</param>
    /// <param name="first">The position of the first example, from 0.</param>
    /// <exception cref="InputException">As for a file, when the record is come to.</exception>
    public static IEnumerable<Example> ReadFrom(DatasetSource source, DatasetFields? fields, int first)
    {
        using var reader = new DatasetReader(source, fields ?? DatasetFields.None);
        reader.Skip(first);
        while (reader.Read() is { } example)
            yield return example;
    }

    /// <summary>How many records a dataset has; they are not looked at.</summary>
    /// <param name="source">The dataset.</param>
    /// <exception cref="InputException">As for a file.</exception>
    public static int Count(DatasetSource source)
    {
        using var reader = new DatasetReader(source, DatasetFields.None);
        return reader.Skip(int.MaxValue);
    }
}
