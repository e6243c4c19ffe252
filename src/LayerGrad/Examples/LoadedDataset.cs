using System.Globalization;

namespace LayerGrad.Examples;

/// <summary>The examples of a dataset, or a part of them, and what was understood of its files.</summary>
internal sealed class LoadedDataset
{
    private readonly Lazy<byte[][]> _digests;

    internal LoadedDataset(DatasetSource source, IReadOnlyList<Example> examples, string description, int end)
    {
        (Source, Examples, Description, End) = (source, examples, description, end);
        _digests = new Lazy<byte[][]>(() => [.. examples.Select(ExampleIdentity.Of)]);
    }

    /// <summary>Where they come from.</summary>
    public DatasetSource Source { get; }

    /// <summary>The examples, in the dataset's order.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>What was understood: the form of the records and the format of the files, such as <c>ShareGPT, Parquet</c>.</summary>
    public string Description { get; }

    /// <summary>The position to which was read: that after the last example, or the dataset's end where it comes before the first.</summary>
    public int End { get; }

    /// <summary>The identity of all examples that were read.</summary>
    public string Identity => IdentityOf(Examples.Count);

    /// <summary>
    /// The identity of the first of the examples that were read: SHA-256 over their records as they were decoded, whatever the form and the format
    /// they came in. More examples do not change that of the first ones.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <returns><c>records-sha256:</c> and 64 lower-case hexadecimal digits.</returns>
    public string IdentityOf(int count)
    {
        using var hash = new Sha256();
        foreach (var digest in _digests.Value.AsSpan(0, count))
            hash.Append(digest);
        return ExampleIdentity.Prefix + Convert.ToHexStringLower(hash.Finish());
    }

    /// <summary>Checks that every example is text.</summary>
    /// <param name="purpose">What needs texts (<c>data corrupt</c>).</param>
    /// <exception cref="InputException">One is token ids, or its response is more than a text.</exception>
    public LoadedDataset RequireTexts(string purpose)
    {
        if (Examples.FirstOrDefault(static example => example.TokenIds is not null) is { } example)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{Source.Name}: record {example.Index} (0-based): is token ids, and {purpose} works on texts"));
        if (Examples.FirstOrDefault(static example => example.Response is not null) is { Response: { } response } other)
            throw Forms.ConversationReader.ResponseIsMore(response, other.Index);
        return this;
    }
}
