using System.Globalization;

namespace LayerGrad.Runs.Measurements;

/// <summary>A part of a run: whole packing windows are dealt to the shards in turn.</summary>
/// <param name="Index">Which shard, from 0.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Shard(int Index, int Count)
{
    /// <summary>Reads <c>I/N</c>.</summary>
    /// <exception cref="InputException">It is not of that form, or I is not below N.</exception>
    public static Shard Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index < count)
            return new Shard(index, count);
        throw new InputException($"--shard {text}: expected I/N with I from 0 to N-1, such as 0/4.");
    }

    /// <summary>Whether a packing window, by its number, is this shard's.</summary>
    internal bool Holds(int window) => window % Count == Index;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
