using System.Collections.Concurrent;
using LayerGrad.Json;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>The tokenizers of <c>shared/reference/tokenizers-more</c> against what the Rust library makes of their texts.</summary>
public class MoreTokenizerReferenceTests(ITestOutputHelper output)
{
    /// <summary>What is refused at loading, by name, with the part of the message that names the component.</summary>
    private static readonly Dictionary<string, string> s_refused = [];

    [SharedTheory]
    [InlineData("re_", 88)]
    [InlineData("pat_", 30)]
    [InlineData("real_", 15)]
    [InlineData("uni_", 14)]
    [InlineData("bpe_", 13)]
    [InlineData("wp_", 9)]
    [InlineData("wl_", 3)]
    [InlineData("norm_", 31)]
    [InlineData("pre_", 57)]
    [InlineData("post_", 26)]
    [InlineData("add_", 35)]
    public void Tokenizers_of_all_kinds_give_the_ids_and_offsets_of_the_library(string prefix, int count)
    {
        var names = Directory.GetDirectories(Shared.Path("reference", "tokenizers-more")).Select(path => Path.GetFileName(path)!)
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        names.Count.ShouldBe(count);
        var failures = new ConcurrentBag<string>();
        var texts = 0;
        Parallel.ForEach(names, name => Interlocked.Add(ref texts, Compare(name, failures)));
        output.WriteLine($"{prefix}: {names.Count} tokenizers, {texts} texts, {failures.Count} failures");
        failures.Order(StringComparer.Ordinal).ShouldBeEmpty($"{failures.Count} failures:\n{string.Join('\n', failures.Order(StringComparer.Ordinal))}");
    }

    /// <summary>Compares one tokenizer, and says for how many texts; one failure a tokenizer, with the number of its texts.</summary>
    private static int Compare(string name, ConcurrentBag<string> failures)
    {
        var folder = Shared.Path("reference", "tokenizers-more", name);
        Tokenizer tokenizer;
        try
        {
            tokenizer = Tokenizer.Load(folder);
        }
        catch (InputException error)
        {
            if (!s_refused.TryGetValue(name, out var reason) || !error.Message.Contains(reason, StringComparison.Ordinal))
                failures.Add($"{name} is refused: {error.Message[folder.Length..]}");
            return 0;
        }

        if (s_refused.ContainsKey(name))
            failures.Add($"{name} is read, though it stands in the list of what is refused");
        var wrong = new List<string>();
        var lines = Extent.OneInFive(File.ReadLines(Path.Combine(folder, "texts.jsonl")).Index()).ToList();
        foreach (var (line, json) in lines)
        {
            if (Differs(tokenizer, ForeignJson.Parse(System.Text.Encoding.UTF8.GetBytes(json), $"{name}/texts.jsonl:{line + 1}")) is { } difference)
                wrong.Add($"line {line + 1}: {difference}");
        }

        if (wrong.Count > 0)
            failures.Add($"{name}: {wrong.Count} of {lines.Count} texts: {string.Join("\n    ", wrong.Take(3))}");
        return lines.Count;
    }

    private static string? Differs(Tokenizer tokenizer, JsonValue line)
    {
        var text = line.Text("text");
        try
        {
            var encoding = tokenizer.Encode(text);
            var expected = Ids(line, "ids");
            if (!encoding.Ids.SequenceEqual(expected))
                return $"ids of {Shown(text)} are {string.Join(',', encoding.Ids)}, not {string.Join(',', expected)}";
            var offsets = line.Array("offsets").Select(pair => new TokenOffset(pair.Items().First().AsInt(), pair.Items().Last().AsInt())).ToArray();
            var ours = encoding.OffsetsInCodePoints(text);
            if (!ours.SequenceEqual(offsets))
                return $"offsets of {Shown(text)} are {Shown(ours)}, not {Shown(offsets)}";
            var plain = tokenizer.Encode(text, addSpecialTokens: false).Ids;
            expected = Ids(line, "ids_without_special");
            return plain.SequenceEqual(expected) ? null : $"ids without special tokens of {Shown(text)} are {string.Join(',', plain)}, not {string.Join(',', expected)}";
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return $"{Shown(text)}: {error.GetType().Name}: {error.Message} {(error is InputException ? "" : error.StackTrace)}";
        }
    }

    private static int[] Ids(JsonValue line, string key) => [.. line.Array(key).Select(id => id.AsInt())];

    private static string Shown(TokenOffset[] offsets) => string.Join(' ', offsets.Select(offset => $"{offset.Start}-{offset.End}"));

    private static string Shown(string text) => System.Text.Json.JsonSerializer.Serialize(text.Length > 60 ? text[..60] + "…" : text);
}
