using System.Diagnostics;
using System.Text.RegularExpressions;
using LayerGrad.Cli;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Training;

namespace LayerGrad.Tests.Tokenizers;

[Collection(nameof(CommandLineRun))]
public class BytePairTrainerTests
{
    [Fact]
    public void The_most_frequent_pair_is_merged_first_and_ties_go_to_the_lower_ids()
    {
        // "ab" and "bc" 3 times each: "ab" has the lower ids; then "Ġ ab" and "ab c" twice each: bytes have lower ids than "ab".
        var trained = BytePairTrainer.Train(["abc abx abc", "bc"], 1000);
        trained.Merges.ShouldBe([("a", "b"), ("Ġ", "ab")]);
        trained.Tokens.Count.ShouldBe(BytePairTrainer.SmallestVocabulary + 2);
        trained.Bytes.ShouldBe(13);
        trained.TokenCount.ShouldBe(8);
    }

    [Fact]
    public void Merges_overlapping_themselves_go_from_left_to_right() =>
        BytePairTrainer.Train(["aaaaa aaaaa"], 1000).Merges.ShouldBe([("a", "a"), ("aa", "a"), ("aa", "aaa")]);

    [Fact]
    public void Digits_stay_apart() =>
        BytePairTrainer.Train(["1212 1212 12"], 1000).Merges.ShouldNotContain(merge => merge.Left.Contains('1', StringComparison.Ordinal));

    [Fact]
    public void The_vocabulary_is_no_larger_than_asked_for() =>
        BytePairTrainer.Train([Prose()], 300).Tokens.Count.ShouldBe(300);

    [Fact]
    public void A_naive_trainer_finds_the_same_merges() =>
        BytePairTrainer.Train([Prose()], 400).Merges.ShouldBe(NaiveMerges(Prose(), 400 - BytePairTrainer.SmallestVocabulary));

    [Fact]
    public void What_is_written_loads_and_encodes_as_counted()
    {
        using var folder = new TemporaryFolder();
        var trained = BytePairTrainer.Train([Prose()], 500);
        TokenizerJsonWriter.Write(trained, folder.Path);
        var tokenizer = Tokenizer.Load(folder.Path);
        var encoding = tokenizer.Encode(Prose());
        encoding.Ids.Length.ShouldBe(1 + (int)trained.TokenCount);
        encoding.Ids[0].ShouldBe(tokenizer.TokenToId(tokenizer.BosToken!)!.Value);
        tokenizer.EosToken.ShouldBe(BytePairTrainer.EosToken);
        tokenizer.VocabularySize.ShouldBe(trained.Tokens.Count);
        tokenizer.Decode(tokenizer.Encode("Näh, 12 🙂\n", addSpecialTokens: false).Ids).ShouldBe("Näh, 12 🙂\n");
    }

    [NpmTokenizerFact]
    public void Hugging_Face_s_own_library_reads_what_is_written()
    {
        const string script = """
            import { readFileSync } from 'node:fs';
            import { Tokenizer } from '@huggingface/tokenizers';
            const [folder, text] = process.argv.slice(-2);
            const read = name => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
            const encoded = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json')).encode(text);
            console.log(encoded.ids.join(' '));
            """;
        using var folder = new TemporaryFolder();
        TokenizerJsonWriter.Write(BytePairTrainer.Train([Prose()], 500), folder.Path);
        var text = Prose()[..2000] + " <|end_of_text|> Näh 12345 🙂\n\n  x";
        var start = new ProcessStartInfo("node", ["--input-type=module", "-e", script, "--", folder.Path, text])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = NpmTokenizers.Root,
        };
        using var node = Process.Start(start)!;
        node.StandardOutput.ReadToEnd().Trim().ShouldBe(string.Join(' ', Tokenizer.Load(folder.Path).Encode(text).Ids));
    }

    [Fact]
    public void The_command_writes_the_same_bytes_each_time()
    {
        using var folder = new TemporaryFolder();
        var data = folder.Write("data.jsonl", "{\"instruction\": \"What is 3 times 14?\", \"output\": \"3 times 14 is 42.\"}\n");
        foreach (var name in new[] { "one", "two" })
            CommandLineRun.Of("data", "tokenizer", "--data", data, "--vocabulary", "270", "--out", folder.At(name)).Status.ShouldBe(CommandLine.Done);
        File.ReadAllBytes(folder.At("one/tokenizer.json")).ShouldBe(File.ReadAllBytes(folder.At("two/tokenizer.json")));
        File.Exists(folder.At("one/tokenizer_config.json")).ShouldBeTrue();
    }

    [Fact]
    public void A_vocabulary_smaller_than_the_bytes_is_refused()
    {
        var (status, _, error) = CommandLineRun.Of("data", "tokenizer", "--data", "none.jsonl", "--vocabulary", "100", "--out", "none");
        status.ShouldBe(CommandLine.WrongInput);
        error.ShouldContain("--vocabulary is 100; it must be at least 258");
    }

    private static string Prose()
    {
        var random = new Random(7);
        return string.Join(' ', Enumerable.Range(0, 2000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => "etaoin12é."[random.Next(10)]))));
    }

    /// <summary>The definition itself: count all pairs of all words anew before each merge.</summary>
    private static List<(string, string)> NaiveMerges(string text, int count)
    {
        var trained = BytePairTrainer.Train([text], BytePairTrainer.SmallestVocabulary);
        var ids = trained.Tokens.Index().ToDictionary(token => token.Item, token => token.Index);
        using var folder = new TemporaryFolder();
        TokenizerJsonWriter.Write(trained, folder.Path);
        var spelling = Tokenizer.Load(folder.Path);
        // Each digit and each run of other characters up to the next space, in bytes.
        var words = Regex.Matches(text, @"\d| ?\p{L}+| ?[^\s\p{L}\d]+| ").Select(word => spelling.Encode(word.Value, addSpecialTokens: false).Ids.Select(id => trained.Tokens[id]).ToList()).ToList();

        var merges = new List<(string, string)>();
        while (merges.Count < count)
        {
            var best = words.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => ids[group.Key.First]).ThenBy(group => ids[group.Key.Second]).First().Key;
            merges.Add(best);
            ids.TryAdd(best.First + best.Second, ids.Count);
            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] == best.First && word[i + 1] == best.Second)
                    {
                        word[i] += word[i + 1];
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return merges;
    }
}
