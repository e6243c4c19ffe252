using System.Text.Json.Nodes;
using System.Text.Json;
using System.Text;
using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

public sealed class ResumeTests : IDisposable
{
    private readonly RunBench _bench = new();

    public void Dispose() => _bench.Dispose();

    /// <summary>
    /// A killed process leaves the first so many bytes of what it would have written, file after file in the order
    /// in which it writes them; this goes through all those states at every line and within every line.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_killed_at_any_moment_and_started_again_gives_the_same_bytes(bool tokens)
    {
        var options = (_bench.Options() with { Limit = 18 }).Measuring(measurement => measurement with { Tokens = tokens });
        _bench.Run(options with { Out = _bench.Options("whole.jsonl").Out });
        var whole = _bench.Files("whole.jsonl");
        var writes = Writes(whole);
        var random = new Random(1);
        for (var done = 0; done <= writes.Count; done++)
        {
            foreach (var torn in done < writes.Count ? new[] { 0, 1 + random.Next(writes[done].Line.Length - 1), writes[done].Line.Length - 1 } : [0])
            {
                Clear("run.*");
                File.WriteAllBytes(Path.Combine(_bench.Folder, "run.meta.json"), whole["meta.json"]);
                foreach (var (file, line) in writes.Take(done))
                    Append(file, line);
                if (torn > 0)
                    Append(writes[done].File, writes[done].Line.AsSpan(0, torn));

                var summary = _bench.Run(options);

                var files = _bench.Files();
                files.Keys.ShouldBe(whole.Keys, ignoreOrder: true);
                foreach (var (name, bytes) in whole)
                    files[name].AsSpan().SequenceEqual(bytes).ShouldBeTrue($"{name} after {done} lines and {torn} bytes");
                summary.NothingToDo.ShouldBe(done == writes.Count);
            }
        }
    }

    [Fact]
    public void A_run_goes_on_only_under_its_tokenizer_rules_and_an_older_one_under_those_of_transformers_4()
    {
        _bench.Run(_bench.Options());
        var path = Path.Combine(_bench.Folder, "run.meta.json");
        var metadata = JsonNode.Parse(File.ReadAllBytes(path))!;
        metadata["options"]!["tokenizer_rules"]!.GetValue<string>().ShouldBe("transformers-4");
        metadata["options"]!.AsObject().Remove("tokenizer_rules").ShouldBeTrue();
        File.WriteAllText(path, metadata.ToJsonString());

        _bench.Run(_bench.Options()).NothingToDo.ShouldBeTrue();
        var other = Should.Throw<InputException>(() => _bench.Run(_bench.Options().Measuring(measurement => measurement with { TokenizerRules = TokenizerRules.Transformers5 })));
        other.Message.ShouldContain("--tokenizer-rules was transformers-4 and is now transformers-5");
    }

    [Fact]
    public void Only_the_broken_window_is_measured_again()
    {
        _bench.Run(_bench.Options(), beforeWindow: null);
        var all = _bench.LastMeasurer!.Count;
        var lines = _bench.Text("run.jsonl").Split('\n');
        File.WriteAllText(Path.Combine(_bench.Folder, "run.jsonl"), string.Join('\n', lines[..^2]) + "\n");

        var summary = _bench.Run(_bench.Options());

        summary.MeasuredNow.ShouldBe(1);
        _bench.LastMeasurer.Count.ShouldBeLessThan(all / 3);
    }

    [Fact]
    public void A_complete_run_has_nothing_to_do_and_loads_no_model()
    {
        var first = _bench.Run(_bench.Options());
        var measurer = _bench.LastMeasurer;
        var files = _bench.Files();

        var again = _bench.Run(_bench.Options());

        again.NothingToDo.ShouldBeTrue();
        again.Measured.ShouldBe(first.Measured);
        again.NearlyTied.ShouldBe(first.NearlyTied);
        again.MeanLoss.ShouldBe(first.MeanLoss);
        again.Skipped.Select(skip => (skip.Reason, skip.Count)).ShouldBe(first.Skipped.Select(skip => (skip.Reason, skip.Count)));
        _bench.LastMeasurer.ShouldBeSameAs(measurer);
        _bench.Files().ShouldSatisfyAllConditions(now => now.Count.ShouldBe(files.Count), now => now["jsonl"].ShouldBe(files["jsonl"]), now => now["meta.json"].ShouldBe(files["meta.json"]));
    }

    [Fact]
    public void Results_are_counted_from_the_lines_once_the_run_is_complete()
    {
        RunResults? DuringTheRun() => RunMetadata.Read(Path.Combine(_bench.Folder, "run.meta.json")).Results;
        Should.Throw<InvalidOperationException>(() => _bench.Run(_bench.Options(), beforeWindow: window => { if (window == 4) throw new InvalidOperationException("killed"); }));
        DuringTheRun().ShouldBeNull();

        _bench.Run(_bench.Options(), beforeWindow: _ => DuringTheRun().ShouldBeNull());

        var ties = _bench.Text("run.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!["router_near_ties"]?.GetValue<int>() ?? 0).ToList();
        var results = new RunResults(ties.Count, 40 - ties.Count, ties.Count(count => count > 0), ties.Sum());
        results.NearTies.ShouldBeGreaterThan(results.NearlyTied);
        DuringTheRun().ShouldBe(results);

        // Killed between the last line and the results.
        var complete = _bench.Files()["meta.json"];
        RunMetadataJson.WriteAtomically(Path.Combine(_bench.Folder, "run.meta.json"), RunMetadata.Read(Path.Combine(_bench.Folder, "run.meta.json")) with { Results = null });
        _bench.Run(_bench.Options()).NothingToDo.ShouldBeTrue();
        _bench.Files()["meta.json"].ShouldBe(complete);
    }

    [Theory]
    [InlineData("\"chat\": false", "\"chat\": 0", "options.chat must be true or false, but is 0")]
    [InlineData("\"max_length\": 1024", "\"max_length\": -1", "options.max_length must be a whole number that is not negative, but is -1")]
    [InlineData("\"protocol\": \"paper\"", "\"protocol\": \"other\"", "options.protocol must be \"paper\" or \"strict\"")]
    [InlineData("\"layergrad\"", "\"version\"", "layergrad is missing")]
    [InlineData("\"token_budget\": ", "\"token_budget\": 1e9", "plan.token_budget must be a whole number")]
    public void Metadata_with_a_wrong_value_is_told_with_its_file_and_path(string value, string instead, string told)
    {
        _bench.Run(_bench.Options());
        var path = Path.Combine(_bench.Folder, "run.meta.json");
        var text = File.ReadAllText(path);
        text.ShouldContain(value);
        File.WriteAllText(path, text.Replace(value, instead, StringComparison.Ordinal));

        Should.Throw<InputException>(() => _bench.Run(_bench.Options())).Message.ShouldStartWith($"{path}: {told}");
    }

    [Fact]
    public void The_token_budget_of_the_run_stays_when_memory_changes()
    {
        _bench.Run(_bench.Options("whole.jsonl"));
        Should.Throw<InvalidOperationException>(() => _bench.Run(_bench.Options(), beforeWindow: window => { if (window == 4) throw new InvalidOperationException("killed"); }));
        _bench.TokenBudget = 1000;

        _bench.Run(_bench.Options());

        _bench.Files()["jsonl"].ShouldBe(_bench.Files("whole.jsonl")["jsonl"]);
        _bench.Files()["meta.json"].ShouldBe(_bench.Files("whole.jsonl")["meta.json"]);
    }

    [Fact]
    public void A_run_that_goes_on_keeps_the_date_it_was_begun_on()
    {
        var options = _bench.Options().Measuring(measurement => measurement with { Chat = true });
        Should.Throw<InvalidOperationException>(() => _bench.Run(options.Measuring(measurement => measurement with { Date = new DateOnly(2024, 7, 26) }), beforeWindow: _ => throw new InvalidOperationException("killed")));

        _bench.Run(options);

        _bench.SeenDate.ShouldBe(new DateOnly(2024, 7, 26));
    }

    [Fact]
    public void Cancelling_keeps_the_lines_so_far_and_the_same_command_goes_on()
    {
        _bench.Run(_bench.Options("whole.jsonl"));
        using var cancel = new CancellationTokenSource();

        Should.Throw<OperationCanceledException>(() => _bench.Run(_bench.Options(), beforeWindow: window => { if (window == 3) cancel.Cancel(); }, cancel: cancel.Token));
        var soFar = _bench.Text("run.jsonl");
        _bench.Run(_bench.Options());

        soFar.ShouldEndWith("\n");
        soFar.Length.ShouldBeGreaterThan(0);
        _bench.Text("run.jsonl").ShouldBe(_bench.Text("whole.jsonl"));
    }

    private static readonly Dictionary<string, Func<MeasureRunOptions, MeasureRunOptions>> s_otherOptions = new(StringComparer.Ordinal)
    {
        { "--protocol was paper and is now strict", options => options.Measuring(measurement => measurement with { Protocol = Protocol.Strict }) },
        { "--chat was not given and is now given", options => options.Measuring(measurement => measurement with { Chat = true }) },
        { "--max-length was 1024 and is now 512", options => options.Measuring(measurement => measurement with { MaxLength = 512 }) },
        { "--range and --limit was 0:40 and is now 0:20", options => options with { Limit = 20 } },
        { "--shard was not given and is now 0/2", options => options with { Shard = new Shard(0, 2) } },
        { "--weights was paper and is now all", options => options.Measuring(measurement => measurement with { Weights = "all" }) },
        { "--spectra was not given and is now given", options => options.Measuring(measurement => measurement with { Spectra = true }) },
        { "--tokens was not given and is now given", options => options.Measuring(measurement => measurement with { Tokens = true }) },
        { "--cosine was not given and is now given", options => options.Measuring(measurement => measurement with { Cosine = true }) },
        { "--precision was fp32 and is now fp64", options => options.Measuring(measurement => measurement with { Precision = Precision.Float64 }) },
    };

    public static TheoryData<string> OtherOptions => [.. s_otherOptions.Keys];

    [Theory]
    [MemberData(nameof(OtherOptions))]
    public void A_run_is_refused_under_other_options_naming_the_option(string difference)
    {
        _bench.Run(_bench.Options());
        var before = _bench.Files();

        Should.Throw<InputException>(() => _bench.Run(s_otherOptions[difference](_bench.Options()))).Message.ShouldContain(difference);

        Same(before);
    }

    [Fact]
    public void A_file_that_is_no_run_is_left_alone()
    {
        File.WriteAllText(Path.Combine(_bench.Folder, "run.jsonl"), "precious\n");

        Should.Throw<InputException>(() => _bench.Run(_bench.Options())).Message.ShouldContain("run.meta.json does not");

        _bench.Text("run.jsonl").ShouldBe("precious\n");
    }

    [Fact]
    public void A_line_removed_from_the_middle_is_an_error_not_a_hole()
    {
        _bench.Run(_bench.Options());
        var lines = _bench.Text("run.jsonl").Split('\n').ToList();
        lines.RemoveAt(5);
        File.WriteAllText(Path.Combine(_bench.Folder, "run.jsonl"), string.Join('\n', lines));
        var before = _bench.Files();

        Should.Throw<InputException>(() => _bench.Run(_bench.Options())).Message.ShouldContain("changed since it was written");

        Same(before);
    }

    [Fact]
    public void Two_processes_cannot_write_one_run()
    {
        var error = Should.Throw<InputException>(() => _bench.Run(_bench.Options(), beforeWindow: _ => _bench.Run(_bench.Options())));

        error.Message.ShouldContain(FormattableString.Invariant($"process {Environment.ProcessId} on {Environment.MachineName} is writing this run"));
        File.Exists(Path.Combine(_bench.Folder, "run.lock")).ShouldBeFalse();
    }

    [Fact]
    public void A_full_disk_is_one_line()
    {
        if (!File.Exists("/dev/full"))
            return;
        using var file = new AppendFile("/dev/full", 0);

        Should.Throw<InputException>(() => file.Append("a line\n"u8.ToArray())).Message.ShouldContain("no space left on the disk");
    }

    [Fact]
    public void The_output_may_not_be_a_folder_and_its_folder_is_made()
    {
        Should.Throw<InputException>(() => _bench.Run(_bench.Options("."))).Message.ShouldContain("is a folder");

        _bench.Run(_bench.Options("a/b/run.jsonl"));

        File.Exists(Path.Combine(_bench.Folder, "a", "b", "run.jsonl")).ShouldBeTrue();
    }

    private void Same(Dictionary<string, byte[]> before)
    {
        var now = _bench.Files();
        now.Keys.ShouldBe(before.Keys, ignoreOrder: true);
        foreach (var (name, bytes) in before)
            now[name].ShouldBe(bytes);
    }

    /// <summary>The lines of a run in the order in which they are written: by example, tokens before statistics.</summary>
    private static List<(string File, byte[] Line)> Writes(Dictionary<string, byte[]> files)
    {
        var writes = new List<(int Index, int Order, string File, byte[] Line)>();
        foreach (var (order, file) in new[] { "skipped.jsonl", "tokens.jsonl", "jsonl" }.Index())
        {
            if (!files.TryGetValue(file, out var bytes))
                continue;
            foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                writes.Add((JsonDocument.Parse(line).RootElement.GetProperty("index").GetInt32(), order, file, Encoding.UTF8.GetBytes(line + "\n")));
        }

        return [.. writes.OrderBy(write => write.Index).ThenBy(write => write.Order).Select(write => (write.File, write.Line))];
    }

    private void Append(string file, ReadOnlySpan<byte> bytes)
    {
        using var stream = new FileStream(Path.Combine(_bench.Folder, "run." + file), FileMode.Append);
        stream.Write(bytes);
    }

    private void Clear(string pattern)
    {
        foreach (var path in Directory.GetFiles(_bench.Folder, pattern))
            File.Delete(path);
    }
}
