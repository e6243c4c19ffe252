
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

public sealed class ShardTests : IDisposable
{
    private readonly RunBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, true)]
    [InlineData(7, false)]
    [InlineData(64, true)]
    public void Shards_merge_into_the_bytes_that_one_run_writes(int count, bool tokens)
    {
        _bench.Run(_bench.Options("whole.jsonl").Measuring(measurement => measurement with { Tokens = tokens }));
        var shards = Measure(count, tokens);

        var summary = ShardMerge.Merge([.. shards.OrderBy(shard => shard.GetHashCode(StringComparison.Ordinal))], Path.Combine(_bench.Folder, "merged.jsonl"));

        var (whole, merged) = (_bench.Files("whole.jsonl"), _bench.Files("merged.jsonl"));
        merged.Keys.ShouldBe(whole.Keys, ignoreOrder: true);
        foreach (var (name, bytes) in whole)
            merged[name].ShouldBe(bytes, name);
        summary.Measured.ShouldBe(whole["jsonl"].Count(b => b == '\n'));
    }

    [Fact]
    public void A_merged_run_is_complete_and_merging_again_changes_nothing()
    {
        var shards = Measure(3);
        var output = Path.Combine(_bench.Folder, "merged.jsonl");
        ShardMerge.Merge(shards, output);
        var before = _bench.Files("merged.jsonl");

        ShardMerge.Merge(shards, output);
        var summary = _bench.Run(_bench.Options("merged.jsonl"));

        summary.NothingToDo.ShouldBeTrue();
        _bench.Files("merged.jsonl")["jsonl"].ShouldBe(before["jsonl"]);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        var shards = Measure(3);

        Merging(shards[0], shards[2]).ShouldContain("shard 1/3 is missing");
    }

    [Fact]
    public void A_shard_given_twice_is_named()
    {
        var shards = Measure(2);

        Merging(shards[0], shards[1], shards[0]).ShouldContain("shard 0/2 was given already");
    }

    [Fact]
    public void A_shard_that_is_not_complete_is_named()
    {
        var shards = Measure(2);
        var text = File.ReadAllText(shards[1]);
        File.WriteAllText(shards[1], text[..(text.LastIndexOf('\n', text.Length - 2) + 1)]);

        Merging(shards[0], shards[1]).ShouldContain("shard 1/2 is not complete");
    }

    [Fact]
    public void Shards_of_other_plans_are_refused()
    {
        var first = Measure(2);
        _bench.TokenBudget = 150;
        var other = _bench.Options("other.jsonl") with { Shard = new Shard(1, 2) };
        _bench.Run(other);
        var third = (_bench.Options("third.jsonl") with { Shard = new Shard(1, 2) }).Measuring(measurement => measurement with { Spectra = true });
        _bench.Run(third);

        Merging(first[0], other.Out).ShouldContain("the token budget (from --memory) is 150 here and 100 there");
        Merging(first[0], third.Out).ShouldContain("--spectra is given here and not given there");
    }

    [Fact]
    public void A_whole_run_is_no_shard()
    {
        _bench.Run(_bench.Options("whole.jsonl"));

        Merging(_bench.Options("whole.jsonl").Out).ShouldContain("a whole run, not a shard");
    }

    [Fact]
    public void Another_run_at_the_output_is_left_alone()
    {
        var shards = Measure(2);
        _bench.Run(_bench.Options("merged.jsonl").Measuring(measurement => measurement with { Spectra = true }));
        var before = _bench.Files("merged.jsonl");

        Merging([.. shards]).ShouldContain("another run stands there");

        _bench.Files("merged.jsonl")["jsonl"].ShouldBe(before["jsonl"]);
    }

    [Theory]
    [InlineData("2/2")]
    [InlineData("1")]
    [InlineData("-1/2")]
    [InlineData("a/b")]
    [InlineData("0/0")]
    public void A_shard_that_cannot_be_is_refused(string text) =>
        Should.Throw<InputException>(() => Shard.Parse(text)).Message.ShouldContain("--shard");

    private List<string> Measure(int count, bool tokens = false)
    {
        var shards = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var options = (_bench.Options($"shard-{i}of{count}.jsonl") with { Shard = new Shard(i, count) }).Measuring(measurement => measurement with { Tokens = tokens });
            _bench.Run(options);
            shards.Add(options.Out);
        }

        return shards;
    }

    private string Merging(params string[] shards) =>
        Should.Throw<InputException>(() => ShardMerge.Merge(shards, Path.Combine(_bench.Folder, "merged.jsonl"))).Message;
}
