using System.Diagnostics;
using System.Text.Json;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Patterns;
using LayerGrad.Tokenizers.Patterns.Oniguruma;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>Patterns mean here what they mean in Oniguruma, as the Rust library's own runs of it show.</summary>
public sealed class OnigurumaTests
{
    /// <summary>What Oniguruma takes and we refuse, with what the refusal says.</summary>
    private static readonly Dictionary<string, string> s_refused = new()
    {
        ["(?{foo})"] = "callout",
        ["(?~|abc|.*)"] = "absent expression",
        [@"\M-a"] = "meta character",
        ["(?y{w})\\X"] = "word boundaries of text segments",
    };

    [SharedFact]
    public void Each_class_holds_the_code_points_that_it_holds_in_Oniguruma()
    {
        using var classes = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("reference", "tokenizers-more", "oniguruma_classes.json")));
        var failures = new List<string>();
        var count = 0;
        foreach (var entry in classes.RootElement.EnumerateObject())
        {
            count++;
            if (entry.Value.ValueKind == JsonValueKind.String)
            {
                if (Refusal(entry.Name) is null)
                    failures.Add($"{entry.Name}: is read, though Oniguruma says {entry.Value.GetString()}");
                continue;
            }

            var expected = CodePointSet.Of(entry.Value.EnumerateArray().Select(range => (range[0].GetInt32(), range[1].GetInt32())));
            Func<int, bool> takes = PatternParser.Parse(entry.Name).Tree is PatternNode.Set set ? set.Characters.Contains : TakesOne(@"\A" + entry.Name);
            var wrong = Enumerable.Range(0, 0x110000).Where(code => code is < 0xD800 or > 0xDFFF && takes(code) != expected.Contains(code)).ToList();
            if (wrong.Count > 0)
                failures.Add($"{entry.Name}: {wrong.Count} code points, the first U+{wrong[0]:X4}");
        }

        count.ShouldBe(108);
        failures.ShouldBeEmpty();
    }

    [SharedFact]
    public void Odd_patterns_cut_a_text_as_in_Oniguruma_or_are_refused()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var line in File.ReadLines(Shared.Path("reference", "tokenizers-more", "pattern_syntax.jsonl")))
        {
            count++;
            using var document = JsonDocument.Parse(line);
            var pattern = document.RootElement.GetProperty("pattern").GetString()!;
            var refusal = Refusal(pattern);
            if (document.RootElement.TryGetProperty("error", out var error) || s_refused.ContainsKey(pattern))
            {
                if (refusal is null || !refusal.Contains(s_refused.GetValueOrDefault(pattern, ""), StringComparison.Ordinal))
                    failures.Add($"{pattern}: {refusal ?? "is read"}, though {error}");
                continue;
            }

            if (refusal is not null)
            {
                failures.Add($"{pattern}: {refusal}");
                continue;
            }

            var text = document.RootElement.GetProperty("text").GetString()!;
            var expected = string.Join('|', document.RootElement.GetProperty("pieces").EnumerateArray().Select(piece => Show(text[piece[0].GetInt32()..piece[1].GetInt32()])));
            var pieces = string.Join('|', Pieces(new OnigurumaPattern(pattern, "test"), text).Select(Show));
            if (pieces != expected)
                failures.Add($"{pattern}: {pieces}, not {expected}");
        }

        count.ShouldBe(97);
        failures.ShouldBeEmpty();

        static string Show(string text) => text.Replace("\r", "<CR>", StringComparison.Ordinal).Replace("\n", "<LF>", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(.*)*x")]
    [InlineData("(?:a*)*b(?<=c)")]
    [InlineData("(?=(a+)+$)a")]
    public void A_pattern_that_does_not_end_in_sensible_time_is_refused(string pattern)
    {
        var clock = Stopwatch.StartNew();
        var refusal = Should.Throw<InputException>(() => Pieces(new OnigurumaPattern(pattern, "t.json: pre_tokenizer"), new string('a', 60) + "!" + new string('a', 2000))).Message;
        refusal.ShouldContain("t.json: pre_tokenizer: the pattern");
        refusal.ShouldContain("steps");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(@"\w{1000,}", 1000, "1000")]
    [InlineData("(?:ab){100}", 250, "200 50")]
    [InlineData("(?:a|b){70,80}", 200, "80 80 40")]
    [InlineData("(?:a|b){70,80}?", 200, "70 70 60")]
    public void Large_intervals_count(string pattern, int length, string pieces)
    {
        var text = string.Concat(Enumerable.Repeat("ab", length / 2));
        string.Join(' ', Pieces(new OnigurumaPattern(pattern, "test"), text).Select(piece => piece.Length)).ShouldBe(pieces);
    }

    private static string? Refusal(string pattern)
    {
        try
        {
            _ = new OnigurumaPattern(pattern, "test");
            return null;
        }
        catch (InputException error)
        {
            return error.Message;
        }
    }

    private static Func<int, bool> TakesOne(string expression)
    {
        var (pattern, matches) = (new OnigurumaPattern(expression, "test"), new List<PatternMatch>());
        return code =>
        {
            var text = char.ConvertFromUtf32(code);
            matches.Clear();
            pattern.FindMatches(text, matches);
            return matches.Count > 0 && matches[0] == new PatternMatch(0, text.Length);
        };
    }

    private static List<string> Pieces(SplitPattern pattern, string text)
    {
        var matches = new List<PatternMatch>();
        pattern.FindMatches(text, matches);
        int[] cuts = [0, .. matches.SelectMany(match => new[] { match.Start, match.End }), text.Length];
        return [.. cuts.Zip(cuts.Skip(1)).Where(cut => cut.Second > cut.First).Select(cut => text[cut.First..cut.Second])];
    }
}
