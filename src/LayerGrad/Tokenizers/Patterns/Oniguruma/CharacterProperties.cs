using System.Globalization;
using System.Text;

namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>
/// The sets of characters that a pattern can name, as Oniguruma 6.9 has them (Unicode 16): general categories from .NET, the rest from
/// CharacterProperties.txt. Names are compared without case, blanks, hyphens and low lines.
/// </summary>
internal static class CharacterProperties
{
    private const int LastCode = 0x10FFFF;

    private static readonly Lazy<Dictionary<string, CodePointSet>> s_sets = new(ReadSets);
    private static readonly Lazy<Dictionary<string, CodePointSet>> s_graphemes = new(() => ReadLines("grapheme "));
    private static readonly Lazy<Dictionary<string, CodePointSet>> s_categories = new(ReadCategories);

    /// <summary>Letters, marks, decimal digits and connectors, and the six digits of Latin-1 that Oniguruma counts among them.</summary>
    public static CodePointSet Word { get; } = CodePointSet.Union(PosixWord, CodePointSet.OfCodes(0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE));

    /// <summary>The same within ASCII.</summary>
    public static CodePointSet AsciiWord { get; } = CodePointSet.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    /// <summary>Decimal digits.</summary>
    public static CodePointSet Digit => s_categories.Value["nd"];

    /// <summary>White space.</summary>
    public static CodePointSet Space => s_sets.Value["whitespace"];

    /// <summary>Hexadecimal digits.</summary>
    public static CodePointSet HexDigit { get; } = CodePointSet.Of(('0', '9'), ('A', 'F'), ('a', 'f'));

    /// <summary>All characters but the line feed.</summary>
    public static CodePointSet NotLineFeed { get; } = CodePointSet.OfCodes('\n').Complement();

    /// <summary>What ends a line, beside CR LF.</summary>
    public static CodePointSet LineBreaks { get; } = CodePointSet.Of(('\n', '\r'), (0x85, 0x85), (0x2028, 0x2029));

    /// <summary>ASCII.</summary>
    public static CodePointSet Ascii { get; } = CodePointSet.Of((0, 127));

    private static CodePointSet PosixWord => CodePointSet.Union(s_sets.Value["alphabetic"], s_categories.Value["m"], Digit, s_categories.Value["pc"]);

    /// <summary>The set of a property, or null where there is none of that name.</summary>
    /// <param name="name">A general category, a binary property, a script, a block (<c>In…</c>), or a POSIX name.</param>
    public static CodePointSet? Find(string name)
    {
        var key = Simplified(name);
        return key switch
        {
            "any" => CodePointSet.All,
            "assigned" => s_categories.Value["cn"].Complement(),
            "ascii" => Ascii,
            "punct" => s_categories.Value["p"],
            "word" => Word,
            _ => s_categories.Value.GetValueOrDefault(key) ?? s_sets.Value.GetValueOrDefault(key) ?? Posix(key),
        };
    }

    /// <summary>The set of a POSIX bracket (<c>[:alpha:]</c>), or null.</summary>
    public static CodePointSet? Posix(string name) => name switch
    {
        "alpha" => s_sets.Value["alphabetic"],
        "digit" => Digit,
        "space" => Space,
        "punct" => CodePointSet.Union(s_categories.Value["p"], s_categories.Value["s"]),
        "upper" => s_sets.Value["uppercase"],
        "lower" => s_sets.Value["lowercase"],
        "alnum" => CodePointSet.Union(s_sets.Value["alphabetic"], Digit),
        "word" => PosixWord,
        "blank" => CodePointSet.Union(s_categories.Value["zs"], CodePointSet.OfCodes('\t')),
        "cntrl" => s_categories.Value["cc"],
        "xdigit" => HexDigit,
        "graph" => Graph,
        "print" => CodePointSet.Union(Graph, s_categories.Value["zs"]),
        "ascii" => Ascii,
        _ => null,
    };

    /// <summary>The class of a character for the boundaries of grapheme clusters (UAX 29), or null for any other.</summary>
    public static string? GraphemeClass(int code)
    {
        foreach (var (name, set) in s_graphemes.Value)
        {
            if (set.Contains(code))
                return name;
        }

        return null;
    }

    /// <summary>A line of the data: what stands behind its beginning, up to the next line.</summary>
    public static string Line(string beginning) => Data().First(line => line.StartsWith(beginning, StringComparison.Ordinal))[beginning.Length..];

    private static CodePointSet Graph =>
        CodePointSet.Union(Space, s_categories.Value["cc"], s_categories.Value["cn"]).Complement();

    private static string Simplified(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (c is not (' ' or '-' or '_'))
                key.Append(char.ToLowerInvariant(c));
        }

        return key.ToString();
    }

    private static Dictionary<string, CodePointSet> ReadSets()
    {
        var sets = ReadLines("binary ");
        foreach (var (name, set) in ReadLines("script "))
            sets.TryAdd(name, set);
        foreach (var (name, set) in ReadLines("block "))
            sets.TryAdd("in" + name, set);
        return sets;
    }

    private static Dictionary<string, CodePointSet> ReadLines(string kind)
    {
        var sets = new Dictionary<string, CodePointSet>();
        foreach (var line in Data().Where(line => line.StartsWith(kind, StringComparison.Ordinal)))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            sets[Simplified(line[kind.Length..colon])] = CodePointSet.Parse(line[(colon + 1)..]);
        }

        return sets;
    }

    private static IEnumerable<string> Data()
    {
        using var stream = typeof(CharacterProperties).Assembly.GetManifestResourceStream("LayerGrad.Tokenizers.Patterns.Oniguruma.CharacterProperties.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static Dictionary<string, CodePointSet> ReadCategories()
    {
        var ranges = new Dictionary<string, List<(int First, int Last)>>();
        for (int first = 0, last; first <= LastCode; first = last + 1)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(first);
            last = first;
            while (last < LastCode && CharUnicodeInfo.GetUnicodeCategory(last + 1) == category)
                last++;
            var names = CategoryNames.Of(category);
            foreach (var name in (string[])[names.Short, names.Long, names.Group, names.LongGroup])
            {
                if (!ranges.TryGetValue(name, out var list))
                    ranges[name] = list = [];
                list.Add((first, last));
            }
        }

        var sets = ranges.ToDictionary(static entry => entry.Key, static entry => CodePointSet.Of(entry.Value));
        sets["lc"] = sets["casedletter"] = CodePointSet.Union(sets["lu"], sets["ll"], sets["lt"]);
        sets["combiningmark"] = sets["m"];
        return sets;
    }
}
