using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Compute;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>A run on devices that answer late, run out of memory, or are one of two: the file is that of any other run, or its end is told in one line.</summary>
public sealed class DeviceContractTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeDevices _devices = new();

    /// <inheritdoc />
    public void Dispose()
    {
        _devices.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_device_that_answers_late_writes_the_same_bytes()
    {
        MeasureRun.Execute(Options("prompt") with { Device = "cpu" });
        _devices.Late = true;
        MeasureRun.Execute(Options("late"));
        Lines("late").ShouldBe(Lines("prompt"));
    }

    [Fact]
    public void One_of_two_devices_writes_its_part_of_the_same_bytes()
    {
        MeasureRun.Execute(Options("one"));
        MeasureRun.Execute(Options("two") with { Devices = [_devices[0], _devices[1], _devices[2]] });
        Lines("two").ShouldBe(Lines("one"));
        _devices.Made.ShouldBe(4);
    }

    [Fact]
    public void Devices_that_share_a_run_are_alike_and_named_once()
    {
        Refusal(options => options with { Devices = [_devices[0], "cpu"] }).ShouldContain("differ in the last bits");
        Refusal(options => options with { Devices = [_devices[0], _devices[9]] }).ShouldContain("another GPU");
        Refusal(options => options with { Devices = [_devices[0], _devices[0]] }).ShouldContain("named twice");
        Refusal(options => options with { Devices = [_devices[1], _devices[0]] }).ShouldContain("not on both");
    }

    [Fact]
    public void Out_of_memory_on_one_of_two_devices_ends_the_run_and_it_goes_on_on_one()
    {
        MeasureRun.Execute(Options("one"));
        var all = new FailingCounter(0);
        _devices.Counter = _ => all;
        var counts = new Counts(() => all.Count);
        MeasureRun.Execute(Options("counted"), counts);
        _devices.Counter = made => made % 2 == 0 ? new FailingCounter(counts.AtStart + 2) : new MemoryCounter();
        var options = Options("two") with { Devices = [_devices[0], _devices[1]], Shard = new Shard(0, 1) };
        Should.Throw<InsufficientMemoryException>(() => MeasureRun.Execute(options));
        _devices.Counter = _ => new MemoryCounter();
        MeasureRun.Execute(options with { Devices = null });
        Lines("two").ShouldBe(Lines("one"));
    }

    [Fact]
    public void Before_the_first_line_the_plan_is_made_again_smaller_and_that_is_recorded()
    {
        MeasureRun.Execute(Options("whole"));
        var all = new FailingCounter(0);
        _devices.Counter = _ => all;
        var counts = new Counts(() => all.Count);
        MeasureRun.Execute(Options("counted"), counts);
        _devices.Counter = made => new FailingCounter(made == 2 ? counts.AtStart + 2 : 0);
        var summary = MeasureRun.Execute(Options("again"));
        summary.Measured.ShouldBe(Lines("whole").Count(letter => letter == '\n'));
        var (whole, again) = (Metadata("whole"), Metadata("again"));
        whole.PlannedAgain.ShouldBeEmpty();
        again.PlannedAgain.ShouldHaveSingleItem().ShouldContain("memory ran out with a plan of");
        again.PlannedAgain[0].ShouldContain("bytes more");
        _devices.Made.ShouldBe(4);
        MeasureRun.Execute(Options("again")).NothingToDo.ShouldBeTrue();
    }

    [Fact]
    public void A_shard_keeps_the_plan_that_all_shards_share()
    {
        _devices.Counter = _ => new FailingCounter(20);
        var error = Should.Throw<InsufficientMemoryException>(() => MeasureRun.Execute(Options("shard") with { Shard = new Shard(0, 2) })).Message;
        error.ShouldContain("give the same command with --memory");
        error.ShouldNotContain("\n");
    }

    [Fact]
    public void After_the_first_line_the_run_ends_with_the_budget_to_give_and_goes_on_under_it()
    {
        MeasureRun.Execute(Options("whole"));
        var all = new FailingCounter(0);
        _devices.Counter = _ => all;
        var counts = new Counts(() => all.Count);
        MeasureRun.Execute(Options("counted"), counts);
        all.Count.ShouldBeGreaterThan(counts.AtFirstLine);

        _devices.Counter = _ => new FailingCounter(counts.AtFirstLine + 1);
        var error = Should.Throw<InsufficientMemoryException>(() => MeasureRun.Execute(Options("broken"))).Message;
        error.ShouldContain("broken.jsonl: after ");
        error.ShouldContain("give the same command with --memory");
        error.ShouldNotContain("\n");
        var written = Lines("broken");
        written.ShouldNotBeEmpty();
        Lines("whole").ShouldStartWith(written);

        _devices.Counter = _ => new MemoryCounter();
        var budget = error.Split("--memory ")[1].Split(' ')[0];
        MeasureRun.Execute(Options("broken") with { Memory = ByteSize.Parse(budget) });
        Lines("broken").ShouldBe(Lines("whole"));
        Metadata("broken").PlannedAgain.ShouldBeEmpty();
    }

    [Fact]
    public void A_device_without_any_memory_ends_the_run_in_one_line()
    {
        _devices.Counter = _ => new FailingCounter(1);
        var error = Should.Throw<InsufficientMemoryException>(() => MeasureRun.Execute(Options("none"))).Message;
        error.ShouldContain("--memory");
        error.ShouldNotContain("\n");
        _devices.Made.ShouldBeInRange(2, 20);
        File.Exists(_folder.At("none.jsonl")).ShouldBeFalse();
    }

    [Fact]
    public void A_run_goes_on_and_is_merged_on_one_kind_of_device_only()
    {
        MeasureRun.Execute(Options("run"));
        Metadata("run").Device.ShouldBe(_devices.Kind);
        Should.Throw<InputException>(() => MeasureRun.Execute(Options("run") with { Device = "cpu" })).Message
            .ShouldContain($"--device was {_devices.Kind} and is now cpu");

        MeasureRun.Execute(Options("first") with { Shard = new Shard(0, 2) });
        MeasureRun.Execute(Options("second") with { Shard = new Shard(1, 2), Device = "cpu" });
        Should.Throw<InputException>(() => ShardMerge.Merge([_folder.At("first.jsonl"), _folder.At("second.jsonl")], _folder.At("merged.jsonl"))).Message
            .ShouldContain($"--device is cpu here and {_devices.Kind} there");
    }

    private MeasureRunOptions Options(string name) => new()
    {
        Model = Path.Combine(Shared.Repository, "demo", "model"),
        Data = Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json"),
        Out = _folder.At($"{name}.jsonl"),
        Limit = 60,
        Device = _devices[0],
        Threads = 2,
        Memory = 3L << 29,
    };

    private string Refusal(Func<MeasureRunOptions, MeasureRunOptions> change)
    {
        var error = Should.Throw<InputException>(() => MeasureRun.Execute(change(Options("refused")))).Message;
        error.ShouldNotContain("\n");
        File.Exists(_folder.At("refused.jsonl")).ShouldBeFalse();
        return error;
    }

    private string Lines(string name) => File.ReadAllText(_folder.At($"{name}.jsonl"));

    private RunMetadata Metadata(string name) => RunMetadata.Read(_folder.At($"{name}.meta.json"));

    /// <summary>Remembers a number when the model is ready, and when the first lines are written.</summary>
    private sealed class Counts(Func<int> count) : IMeasureObserver
    {
        public int AtStart { get; private set; }

        public int AtFirstLine { get; private set; }

        public void Started(MeasurePlan plan) => AtStart = count();

        public void Advanced(MeasureProgress progress) => AtFirstLine = AtFirstLine == 0 ? count() : AtFirstLine;
    }
}
