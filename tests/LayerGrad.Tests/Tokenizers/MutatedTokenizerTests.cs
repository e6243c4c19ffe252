using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>Sound tokenizer files with one value replaced: each is read or refused, and nothing else happens.</summary>
public class MutatedTokenizerTests(ITestOutputHelper output)
{
    private const int Mutations = 40;
    private static readonly string[] s_replacements = ["null", "-1", "0", "2147483648", "1e300", "\"\"", "\"x\"", "\"\u2581\"", "[]", "[[]]", "{}", "true", "{\"type\": \"Sequence\"}", "{\"String\": \"\"}"];
    private static readonly string[] s_texts = ["Hello world  12 é\u0301 中文 🙂\n<s>", " a", "\u2581\u2581"];

    [SharedFact]
    public void A_tokenizer_file_with_one_wrong_value_is_read_or_refused_in_one_line()
    {
        var names = Directory.GetDirectories(Shared.Path("reference", "tokenizers-more")).Where(path => new FileInfo(Path.Combine(path, "tokenizer.json")).Length < 60_000).Order(StringComparer.Ordinal);
        var chosen = Extent.OneInFive(names).ToList();
        var failures = new ConcurrentBag<string>();
        var refused = 0;
        Parallel.ForEach(chosen, (path, _, position) =>
        {
            var source = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "tokenizer.json")))!;
            var random = new Random((int)position);
            for (var i = 0; i < Mutations; i++)
            {
                var mutated = source.DeepClone();
                var change = Mutate(mutated, random);
                if (Try(mutated) is not { } outcome)
                    continue;
                Interlocked.Increment(ref refused);
                if (outcome.Length > 0)
                    failures.Add($"{Path.GetFileName(path)}, {change}: {outcome}");
            }
        });
        output.WriteLine($"{chosen.Count * Mutations} files, {refused} refused, {failures.Count} failures");
        failures.ShouldBeEmpty(string.Join('\n', failures.Take(30)));
        refused.ShouldBeGreaterThan(chosen.Count);
    }

    /// <summary>Replaces a value somewhere below the top level, and says which. Of the many entries of a vocabulary few are chosen.</summary>
    private static string Mutate(JsonNode root, Random random)
    {
        var places = new List<(JsonNode Parent, string? Key, int Index)>();
        Collect(root, places);
        var (parent, key, index) = places[random.Next(places.Count)];
        var replacement = s_replacements[random.Next(s_replacements.Length)];
        if (key is null)
            parent[index] = JsonNode.Parse(replacement);
        else
            parent[key] = JsonNode.Parse(replacement);
        return $"{parent.GetPath()}.{key ?? $"[{index}]"} = {replacement}";
    }

    private static void Collect(JsonNode node, List<(JsonNode Parent, string? Key, int Index)> places)
    {
        const int most = 12;
        if (node is JsonObject members)
        {
            foreach (var (key, value) in members.Take(most))
            {
                places.Add((node, key, 0));
                if (value is not null)
                    Collect(value, places);
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < Math.Min(items.Count, most); i++)
            {
                places.Add((node, null, i));
                if (items[i] is { } item)
                    Collect(item, places);
            }
        }
    }

    /// <summary>Null where the file is read and encodes, empty where it is refused in one line, else what happened.</summary>
    private static string? Try(JsonNode json)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", json.ToJsonString());
        try
        {
            var tokenizer = Tokenizer.Load(folder.Path);
            foreach (var text in s_texts)
                tokenizer.Decode(tokenizer.Encode(text).Ids);
            return null;
        }
        catch (InputException error)
        {
            return error.Message.Contains('\n', StringComparison.Ordinal) ? error.Message : "";
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return error.ToString();
        }
    }
}
