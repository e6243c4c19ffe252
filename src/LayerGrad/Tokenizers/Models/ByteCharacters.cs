namespace LayerGrad.Tokenizers.Models;

/// <summary>
/// GPT-2's way to write bytes as characters that can be seen: printable Latin-1 stands for itself, the other bytes for
/// U+0100 and up in order (<c>bytes_to_unicode</c> of the GPT-2 encoder).
/// </summary>
internal static class ByteCharacters
{
    private static readonly char[] s_characters = new char[256];
    private static readonly Dictionary<char, byte> s_bytes = [];

    static ByteCharacters()
    {
        var next = '\u0100';
        for (var value = 0; value < s_characters.Length; value++)
        {
            s_characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : next++;
            s_bytes.Add(s_characters[value], (byte)value);
        }
    }

    /// <summary>The character for a byte.</summary>
    public static char FromByte(byte value) => s_characters[value];

    /// <summary>Appends the bytes of a token; a token with a character that stands for no byte is taken as ordinary text.</summary>
    public static void AppendBytes(string token, List<byte> bytes)
    {
        var start = bytes.Count;
        foreach (var character in token)
        {
            if (!s_bytes.TryGetValue(character, out var value))
            {
                bytes.RemoveRange(start, bytes.Count - start);
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
                return;
            }

            bytes.Add(value);
        }
    }
}
