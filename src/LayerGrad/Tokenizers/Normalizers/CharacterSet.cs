using System.Globalization;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Sets of characters as the tables of Hugging Face's tokenizers have them, which are older than the runtime's.</summary>
internal sealed class CharacterSet
{
    private const string Resource = "LayerGrad.Tokenizers.Normalizers.UnicodeRanges.txt";
    private const string ScriptPrefix = "Script=";

    private static readonly Dictionary<string, CharacterSet> All = Load();

    private readonly (int First, int Last)[] ranges;

    private CharacterSet((int First, int Last)[] ranges) => this.ranges = ranges;

    /// <summary>All combining marks (M), of Unicode 9.</summary>
    public static CharacterSet Mark { get; } = All["Mark"];

    /// <summary>Marks that take no room of their own (Mn), of Unicode 8.</summary>
    public static CharacterSet NonspacingMark { get; } = All["NonspacingMark"];

    /// <summary>Punctuation (P), of Unicode 8.</summary>
    public static CharacterSet Punctuation { get; } = All["Punctuation"];

    /// <summary>Control, format and private-use characters (Cc, Cf, Co), of Unicode 8.</summary>
    public static CharacterSet Other { get; } = All["Other"];

    /// <summary>The sets of the scripts by name, of Unicode 9.</summary>
    public static IReadOnlyList<KeyValuePair<string, CharacterSet>> Scripts { get; } =
        [.. All.Where(set => set.Key.StartsWith(ScriptPrefix, StringComparison.Ordinal)).Select(set => KeyValuePair.Create(set.Key[ScriptPrefix.Length..], set.Value))];

    /// <summary>The ranges, in ascending order, both ends included.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges => ranges;

    /// <summary>Whether a code point is in the set.</summary>
    public bool Contains(int codePoint)
    {
        var low = 0;
        var high = ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < ranges[middle].First)
                high = middle - 1;
            else if (codePoint > ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    private static Dictionary<string, CharacterSet> Load()
    {
        var sets = new Dictionary<string, CharacterSet>();
        using var reader = new StreamReader(typeof(CharacterSet).Assembly.GetManifestResourceStream(Resource)!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            sets.Add(line[..colon], new CharacterSet(Array.ConvertAll(line[(colon + 2)..].Split(' '), ParseRange)));
        }

        return sets;
    }

    private static (int First, int Last) ParseRange(string text)
    {
        var ends = Array.ConvertAll(text.Split('-'), end => int.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return (ends[0], ends[^1]);
    }
}
