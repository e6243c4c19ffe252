using System.Diagnostics;
using System.Globalization;
using System.Text;
using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Normalizers;

namespace LayerGrad.Tests.Tokenizers;

public class CanonicalNormalizationTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\u1100\u1161\u0301\u11A8", "\uAC00\u0301\u11A8")]
    [InlineData("a\u0323\u0307\u0302", "\u1EA1\u0307\u0302")]
    [InlineData("a\u0302\u0323", "\u1EAD")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011099\U000110BA", "\U0001109A")]
    [InlineData("\uFB01 \u2460", "\uFB01 \u2460")]
    public void Text_is_composed(string text, string composed) => Normalize(text, compose: true).ShouldBe(composed);

    [Fact]
    public void Offsets_of_composed_characters_are_those_of_the_first_part()
    {
        var piece = new CanonicalNormalizer(compose: true).Apply(TextPiece.Whole("xa\u0300\u0301y"));
        piece.Span.ToString().ShouldBe("x\u00E0\u0301y");
        Enumerable.Range(0, 4).Select(i => piece.ToOriginal(i, i + 1)).ShouldBe([new(0, 1), new(1, 2), new(3, 4), new(4, 5)]);
    }

    /// <summary>Every code point by itself and random sequences of those that interact, against the ICU of Node.js.</summary>
    [NodeTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void All_forms_equal_those_of_Nodejs(bool compose)
    {
        var texts = Enumerable.Range(0, 0x110000).Where(IsOldAndAffected).Select(char.ConvertFromUtf32).ToList();
        var interacting = texts.Concat(["a", "e", "\u1100", "\u1161", "\u11A8", "\uAC00", " "]).ToArray();
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
            texts.Add(string.Concat(Enumerable.Range(0, random.Next(2, 7)).Select(_ => interacting[random.Next(interacting.Length)])));
        var expected = NormalizeByNode(texts, compose ? "NFC" : "NFD");
        for (var i = 0; i < texts.Count; i++)
        {
            if (!string.Equals(Normalize(texts[i], compose), expected[i], StringComparison.Ordinal))
                Normalize(texts[i], compose).ShouldBe(expected[i], string.Join(' ', texts[i].EnumerateRunes().Select(rune => rune.Value.ToString("X", CultureInfo.InvariantCulture))));
        }
    }

    private static string Normalize(string text, bool compose) => new CanonicalNormalizer(compose).Apply(TextPiece.Whole(text)).Span.ToString();

    /// <summary>Code points of the table; newer versions of Unicode than the table's only add others.</summary>
    private static bool IsOldAndAffected(int codePoint) =>
        codePoint is (< 0xD800 or > 0xDFFF) and not '\n' && (codePoint is >= 0xAC00 and < 0xAC40 || !CanonicalNormalization.IsUnaffected(char.ConvertFromUtf32(codePoint), compose: false));

    private static string[] NormalizeByNode(List<string> texts, string form)
    {
        const string script = "let s='';process.stdin.setEncoding('utf8').on('data',d=>s+=d).on('end',()=>process.stdout.write(s.split('\\n').map(t=>t.normalize(process.argv[1])).join('\\n')))";
        var start = new ProcessStartInfo("node", ["-e", script, form])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        using var node = Process.Start(start)!;
        node.StandardInput.Write(string.Join('\n', texts));
        node.StandardInput.Close();
        return node.StandardOutput.ReadToEnd().Split('\n');
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class NodeTheoryAttribute : TheoryAttribute
    {
        public NodeTheoryAttribute()
        {
            var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            if (!folders.Any(folder => File.Exists(Path.Combine(folder, "node"))))
                Skip = "needs Node.js; run scripts/install-test-tools";
        }
    }
}
