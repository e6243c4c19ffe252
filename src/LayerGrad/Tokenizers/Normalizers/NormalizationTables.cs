using System.Globalization;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>What Unicode's normalisation forms need to know of each character, of Unicode 9 as in Hugging Face's tokenizers.</summary>
internal sealed class NormalizationTables
{
    private const string Resource = "LayerGrad.Tokenizers.Normalizers.UnicodeData.txt";

    /// <summary>Below this code point no character composes with the one before it or is reordered.</summary>
    public const int FirstAffected = 0x300;

    private readonly Dictionary<int, byte> _combiningClasses = [];
    private readonly Dictionary<(int, int), int> _compositions = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatible = [];
    private readonly HashSet<int> _mayChangeComposed = [];

    private NormalizationTables()
    {
    }

    /// <summary>The combining class of a code point; 0 for most.</summary>
    public int CombiningClass(int codePoint) =>
        codePoint >= FirstAffected && _combiningClasses.TryGetValue(codePoint, out var value) ? value : 0;

    /// <summary>The decomposition of one step, or null; Hangul syllables have none here.</summary>
    public int[]? Decomposition(int codePoint, bool compatibly) =>
        _canonical.TryGetValue(codePoint, out var parts) || (compatibly && _compatible.TryGetValue(codePoint, out parts)) ? parts : null;

    /// <summary>What two code points compose to, or −1; Hangul has none here.</summary>
    public int Composition(int first, int second) => _compositions.GetValueOrDefault((first, second), -1);

    /// <summary>Whether a code point may be other than itself in a composed text, or change what stands before it.</summary>
    public bool MayChangeComposed(int codePoint, bool compatibly) =>
        _mayChangeComposed.Contains(codePoint) || (compatibly && _compatible.ContainsKey(codePoint));

    /// <summary>Reads the tables from the assembly.</summary>
    public static NormalizationTables Load()
    {
        var tables = new NormalizationTables();
        using var reader = new StreamReader(typeof(NormalizationTables).Assembly.GetManifestResourceStream(Resource)!);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
                tables.Add(line.Split(';'));
        }

        for (var jamo = CanonicalNormalization.HangulVowels; jamo < CanonicalNormalization.HangulTrailing + CanonicalNormalization.TrailingCount; jamo++)
            tables._mayChangeComposed.Add(jamo);
        return tables;
    }

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private void Add(string[] fields)
    {
        var codePoint = Hexadecimal(fields[0]);
        var combining = byte.Parse(fields[1], CultureInfo.InvariantCulture);
        if (combining != 0)
        {
            _combiningClasses.Add(codePoint, combining);
            _mayChangeComposed.Add(codePoint);
        }

        if (fields[2].Length == 0)
            return;
        var parts = Array.ConvertAll(fields[2].TrimStart('*', '<').Split(' '), Hexadecimal);
        if (fields[2][0] == '<')
        {
            _compatible.Add(codePoint, parts);
            return;
        }

        _canonical.Add(codePoint, parts);
        if (fields[2][0] == '*')
        {
            _mayChangeComposed.Add(codePoint);
        }
        else
        {
            _compositions.Add((parts[0], parts[1]), codePoint);
            _mayChangeComposed.Add(parts[1]);
        }
    }
}
