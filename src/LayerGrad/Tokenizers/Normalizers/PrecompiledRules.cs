using System.Buffers.Binary;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>
/// The rules of a <c>precompiled_charsmap</c>: the length of a trie in bytes, the trie as a double array of 32-bit units
/// (Darts-clone), then the replacements as UTF-8, each ended by a zero byte.
/// </summary>
internal sealed class PrecompiledRules
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledRules(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    /// <summary>Reads the rules.</summary>
    /// <param name="bytes">The charsmap.</param>
    /// <returns>The rules, or null where the bytes are none.</returns>
    public static PrecompiledRules? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(uint))
            return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes) / sizeof(uint);
        bytes = bytes[sizeof(uint)..];
        if (length == 0 || length > bytes.Length / sizeof(uint))
            return null;
        var trie = new uint[length];
        for (var i = 0; i < trie.Length; i++)
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(sizeof(uint) * i)..]);
        var texts = bytes[(sizeof(uint) * trie.Length)..];
        return System.Text.Unicode.Utf8.IsValid(texts) ? new PrecompiledRules(trie, texts.ToArray()) : null;
    }

    /// <summary>The replacement of the shortest beginning of a text that has one, or null.</summary>
    /// <param name="key">The text in UTF-8.</param>
    public string? Find(ReadOnlySpan<byte> key)
    {
        var position = Offset(_units[0]);
        foreach (var label in key)
        {
            if (label == 0)
                break;
            position ^= label;
            if (position >= _units.Length)
                return null;
            var unit = _units[position];
            if ((unit & 0x800000FF) != label)
                return null;
            position ^= Offset(unit);
            if ((unit >> 8 & 1) == 1)
                return position < _units.Length ? ReplacementAt((int)(_units[position] & 0x7FFFFFFF)) : null;
        }

        return null;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1u << 9) >> 6);

    private string? ReplacementAt(int start)
    {
        if (start > _replacements.Length)
            return null;
        var rest = _replacements.AsSpan(start);
        var end = rest.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }
}
