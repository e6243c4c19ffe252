using LayerGrad.Measuring;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;
using LayerGrad.Tests.Training;
using LayerGrad.Training;

namespace LayerGrad.Tests.Measuring;

/// <summary>A run of which more is asked for goes on and ends with the bytes of one run; a part of a dataset has the lines that all of it has.</summary>
public sealed class GrowingRunTests : IDisposable
{
    private readonly RunBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(20, 30)]
    [InlineData(1, 2)]
    [InlineData(7, 8)]
    [InlineData(13, 39)]
    public void Growing_limits_give_the_bytes_of_one_run(int limit, int next)
    {
        var options = _bench.Options().Measuring(measurement => measurement with { Tokens = true });
        _bench.Run(options with { Out = _bench.Options("whole.jsonl").Out });

        _bench.Run(options with { Limit = limit });
        Positions("run.jsonl").ShouldBe(Enumerable.Range(0, limit));
        _bench.Run(options with { Limit = next });
        Positions("run.jsonl").ShouldBe(Enumerable.Range(0, next));
        var summary = _bench.Run(options);

        summary.NothingToDo.ShouldBeFalse();
        Same("run.jsonl", "whole.jsonl");
        _bench.Run(options).NothingToDo.ShouldBeTrue();
    }

    [Fact]
    public void Every_limit_writes_the_beginning_of_the_whole_run_and_reads_no_further_than_its_window()
    {
        _bench.Run(_bench.Options("whole.jsonl"));
        var whole = _bench.Text("whole.jsonl");
        var windows = RunMetadata.Read(Path.Combine(_bench.Folder, "whole.meta.json")).Windows;
        windows.Count.ShouldBeGreaterThan(8);
        for (var limit = 1; limit < 40; limit++)
        {
            var options = _bench.Options($"first-{limit}.jsonl") with { Limit = limit };
            _bench.Run(options);

            whole.ShouldStartWith(File.ReadAllText(options.Out));
            var following = windows.FirstOrDefault(start => start >= limit, 39);
            _bench.Read.ShouldBe(following + 1);
        }
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(9, 10)]
    [InlineData(17, 33)]
    [InlineData(25, 40)]
    public void A_range_writes_the_lines_that_the_whole_run_has_and_grows_at_its_end(int start, int end)
    {
        _bench.Run(_bench.Options("whole.jsonl"));
        var whole = Lines("whole.jsonl").Where(line => line.Index >= start).ToArray();
        var options = _bench.Options() with { Range = new ExampleRange(start, end) };

        _bench.Run(options);
        Lines("run.jsonl").ShouldBe(whole.Where(line => line.Index < end));
        _bench.Run(options).NothingToDo.ShouldBeTrue();
        _bench.Run(options with { Range = new ExampleRange(start, null) });

        Lines("run.jsonl").ShouldBe(whole);
        Positions("run.jsonl").ShouldBe(Enumerable.Range(start, 40 - start));
    }

    [Fact]
    public void A_run_that_was_killed_may_grow_before_it_is_complete()
    {
        _bench.Run(_bench.Options("whole.jsonl"));
        var options = _bench.Options();
        Should.Throw<InvalidOperationException>(() => _bench.Run(options with { Limit = 20 }, beforeWindow: window => { if (window == 3) throw new InvalidOperationException("killed"); }));

        Should.Throw<InvalidOperationException>(() => _bench.Run(options with { Limit = 30 }, beforeWindow: window => { if (window == 1) throw new InvalidOperationException("killed"); }));
        _bench.Run(options);

        Same("run.jsonl", "whole.jsonl");
    }

    [Fact]
    public void A_run_does_not_shrink_move_or_change_while_it_grows()
    {
        _bench.Run(_bench.Options() with { Limit = 20 });
        var before = _bench.Files();

        Refused(_bench.Options() with { Limit = 19 }, "--range and --limit was 0:20 and is now 0:19");
        Refused(_bench.Options() with { Range = new ExampleRange(1, 30) }, "--range and --limit was 0:20 and is now 1:30");
        Refused((_bench.Options() with { Limit = 30 }).Measuring(measurement => measurement with { Spectra = true }), "--spectra was not given and is now given");
        Refused(_bench.Options() with { Shard = new Shard(0, 2) }, "--shard was not given and is now 0/2");

        var now = _bench.Files();
        now.Keys.ShouldBe(before.Keys, ignoreOrder: true);
        foreach (var (name, bytes) in before)
            now[name].ShouldBe(bytes);
    }

    [Fact]
    public void Shards_grow_too_and_merge_into_one_run()
    {
        _bench.Run(_bench.Options("whole.jsonl"));
        var shards = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var options = _bench.Options($"shard-{i}.jsonl") with { Shard = new Shard(i, 3) };
            _bench.Run(options with { Limit = 17 });
            _bench.Run(options);
            shards.Add(options.Out);
        }

        ShardMerge.Merge(shards, Path.Combine(_bench.Folder, "merged.jsonl"));

        Same("merged.jsonl", "whole.jsonl");
    }

    [Fact]
    public void A_real_model_gives_the_bytes_of_one_run_too()
    {
        using var tiny = new TinyModel();
        TrainingRun.Execute(tiny.Options("trained") with { Steps = 2, Probes = [] });
        var options = new MeasureRunOptions { Model = tiny.At("trained"), Data = tiny.Data("train_simplified"), Out = tiny.At("run.jsonl"), Threads = 1, Memory = 280L << 20 };
        var whole = options with { Out = tiny.At("whole.jsonl") };
        MeasureRun.Execute(whole);
        RunMetadata.Read(tiny.At("whole.meta.json")).Windows.Count.ShouldBeGreaterThan(2);

        MeasureRun.Execute(options with { Limit = 7 });
        File.ReadLines(options.Out).Count().ShouldBe(7);
        MeasureRun.Execute(options with { Range = new ExampleRange(0, 19) });
        MeasureRun.Execute(options);
        MeasureRun.Execute(options with { Out = tiny.At("part.jsonl"), Range = new ExampleRange(11, 23) });

        File.ReadAllBytes(options.Out).ShouldBe(File.ReadAllBytes(whole.Out));
        File.ReadAllBytes(tiny.At("run.meta.json")).ShouldBe(File.ReadAllBytes(tiny.At("whole.meta.json")));
        File.ReadLines(tiny.At("part.jsonl")).ShouldBe(File.ReadLines(whole.Out).Skip(11).Take(12));
    }

    private void Refused(MeasureRunOptions options, string why) => Should.Throw<InputException>(() => _bench.Run(options)).Message.ShouldContain(why);

    private void Same(string run, string whole)
    {
        var (files, expected) = (_bench.Files(run), _bench.Files(whole));
        files.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach (var (name, bytes) in expected)
            files[name].ShouldBe(bytes, name);
    }

    private (int Index, string Line)[] Lines(string run) =>
        [.. _bench.Text(run).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("index").GetInt32(), line))];

    /// <summary>The examples that a run has measured or skipped.</summary>
    private IEnumerable<int> Positions(string run)
    {
        var skipped = Path.GetFileNameWithoutExtension(run) + ".skipped.jsonl";
        return Lines(run).Concat(File.Exists(Path.Combine(_bench.Folder, skipped)) ? Lines(skipped) : []).Select(line => line.Index).Order();
    }
}
