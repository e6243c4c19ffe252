namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Sets of characters as the tables of Hugging Face's tokenizers have them, which are older than the runtime's.</summary>
internal static class LibraryCharacters
{
    private const string Resource = "LayerGrad.Tokenizers.Normalizers.UnicodeRanges.txt";
    private const string ScriptPrefix = "Script=";

    private static readonly Dictionary<string, CodePointSet> s_all = Load();

    /// <summary>All combining marks (M), of Unicode 9.</summary>
    public static CodePointSet Mark { get; } = s_all["Mark"];

    /// <summary>Marks that take no room of their own (Mn), of Unicode 8.</summary>
    public static CodePointSet NonspacingMark { get; } = s_all["NonspacingMark"];

    /// <summary>Punctuation (P), of Unicode 8.</summary>
    public static CodePointSet Punctuation { get; } = s_all["Punctuation"];

    /// <summary>Control, format and private-use characters (Cc, Cf, Co), of Unicode 8.</summary>
    public static CodePointSet Other { get; } = s_all["Other"];

    /// <summary>The sets of the scripts by name, of Unicode 9.</summary>
    public static IReadOnlyList<KeyValuePair<string, CodePointSet>> Scripts { get; } =
        [.. s_all.Where(set => set.Key.StartsWith(ScriptPrefix, StringComparison.Ordinal)).Select(set => KeyValuePair.Create(set.Key[ScriptPrefix.Length..], set.Value))];

    private static Dictionary<string, CodePointSet> Load()
    {
        var sets = new Dictionary<string, CodePointSet>();
        using var reader = new StreamReader(typeof(LibraryCharacters).Assembly.GetManifestResourceStream(Resource)!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            sets.Add(line[..colon], CodePointSet.Parse(line[(colon + 1)..]));
        }

        return sets;
    }
}
