using System.Text;
using System.Text.Json;
using LayerGrad.Training;

namespace LayerGrad.Tests.Training;

/// <summary>Event files are read back by code that shares nothing with their writer: its own records, checksums and fields.</summary>
public sealed class TensorBoardTests : IDisposable
{
    private readonly TinyModel _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_training_writes_its_losses_rates_and_probes()
    {
        var options = _tiny.Options("trained") with { TensorBoard = _tiny.At("board"), Probes = [_tiny.Data("heldout_none"), WithSkipped()] };
        TrainingRun.Execute(options);

        var events = Events(Directory.GetFiles(_tiny.At("board")).ShouldHaveSingleItem());

        events[0].ShouldSatisfyAllConditions(first => first.Version.ShouldBe("brain.Event:2"), first => first.Step.ShouldBe(0));
        events.ShouldAllBe(one => Math.Abs((DateTime.UtcNow - DateTime.UnixEpoch.AddSeconds(one.Time)).TotalMinutes) < 60);
        var losses = File.ReadLines(Path.Combine(_tiny.At("trained"), "losses.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Series(events, "train/loss").ShouldBe(losses.Select(line => (line.GetProperty("step").GetInt64(), (float)line.GetProperty("loss").GetDouble())));
        Series(events, "train/learning_rate").Select(point => point.Value).ShouldBe(losses.Select(line => (float)line.GetProperty("lr").GetDouble()));
        Series(events, "train/gradient_norm").Count.ShouldBe(10);

        var probe = File.ReadLines(Path.Combine(_tiny.At("trained"), "probes", "heldout_none.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        foreach (var (step, value) in Series(events, "heldout_none/S_sum/V"))
        {
            var mean = probe.Where(line => line.GetProperty("step").GetInt32() == step)
                .Average(line => (line.GetProperty("model.layers.0.self_attn.v_proj.weight").GetProperty("S_sum").GetDouble() + line.GetProperty("model.layers.1.self_attn.v_proj.weight").GetProperty("S_sum").GetDouble()) / 2);
            value.ShouldBe((float)mean, 1e-6f * (float)mean);
        }

        Series(events, "heldout_none/S_sum/V").Select(point => point.Step).ShouldBe([0, 5, 10]);
        Series(events, "heldout_none/loss").Select(point => point.Value).ShouldBe(
            probe.GroupBy(line => line.GetProperty("step").GetInt32()).Select(step => (float)step.Average(line => line.GetProperty("loss").GetDouble())), 1e-6f);
        Series(events, "with_skipped/skipped").ShouldAllBe(point => point.Value == 1);
        Series(events, "with_skipped/measured").ShouldAllBe(point => point.Value == 1);
        Series(events, "with_skipped/unresolved").ShouldAllBe(point => point.Value == 0);
        events.SelectMany(one => one.Scalars).Select(scalar => scalar.Tag).Where(tag => tag.StartsWith("heldout_none/", StringComparison.Ordinal)).Distinct().Count()
            .ShouldBe(1 + (LayerGrad.Runs.Statistics.StatisticSelection.Default.Count * 4) + 3);
    }

    [Fact]
    public void A_training_that_goes_on_says_from_which_step_on()
    {
        var options = _tiny.Options("trained") with { TensorBoard = _tiny.At("board"), Probes = [] };
        using var cancel = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => TrainingRun.Execute(options, new CancelAfter(6, cancel), cancel.Token));
        TrainingRun.Execute(options with { Resume = true });

        var files = Directory.GetFiles(_tiny.At("board")).Select(Events).OrderBy(events => events[0].Time).ToList();

        files.Count.ShouldBe(2);
        files[0].ShouldAllBe(one => !one.IsStart);
        files[1][1].ShouldSatisfyAllConditions(start => start.IsStart.ShouldBeTrue(), start => start.Step.ShouldBe(7));
        files.SelectMany(events => Series(events, "train/loss")).Select(point => point.Step).ShouldBe(Enumerable.Range(1, 10).Select(step => (long)step));
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_written_as_it_is()
    {
        var options = _tiny.Options("trained") with { TensorBoard = _tiny.At("board"), Probes = [], Clip = null, Schedule = "constant", Warmup = 0 };
        options = options with { Optimizer = options.Optimizer with { Name = "sgd", LearningRate = 1e30, WeightDecay = 0 } };

        Should.Throw<InputException>(() => TrainingRun.Execute(options)).Message.ShouldContain("not finite");

        var last = Events(Directory.GetFiles(_tiny.At("board")).ShouldHaveSingleItem())[^1];
        last.Scalars.ShouldContain(scalar => !float.IsFinite(scalar.Value));
    }

    [Fact]
    public void A_folder_that_cannot_be_is_one_line()
    {
        File.WriteAllText(_tiny.At("file"), "");

        Should.Throw<InputException>(() => TrainingRun.Execute(_tiny.Options("trained") with { TensorBoard = _tiny.At("file") })).Message.ShouldStartWith("--tensorboard ");
    }

    private string WithSkipped()
    {
        var path = _tiny.At("with_skipped.json");
        File.WriteAllText(path, """[{"instruction": "2 + 2 = ?", "output": "4"}, {"instruction": "2 + 3 = ?", "output": ""}]""");
        return path;
    }

    private static List<(long Step, float Value)> Series(List<Event> events, string tag) =>
        [.. events.SelectMany(one => one.Scalars.Where(scalar => scalar.Tag == tag).Select(scalar => (one.Step, scalar.Value)))];

    private static List<Event> Events(string path)
    {
        Path.GetFileName(path).ShouldStartWith("events.out.tfevents.");
        using var reader = new BinaryReader(File.OpenRead(path));
        var events = new List<Event>();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadBytes(8);
            reader.ReadUInt32().ShouldBe(Checksum(length));
            var message = reader.ReadBytes((int)BitConverter.ToInt64(length));
            reader.ReadUInt32().ShouldBe(Checksum(message));
            events.Add(Event.Parse(message));
        }

        return events;
    }

    /// <summary>CRC-32C a bit at a time, polynomial 0x1EDC6F41 reflected; RFC 3720's check value holds it.</summary>
    private static uint Checksum(byte[] bytes)
    {
        var crc = Crc(bytes);
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    [Fact]
    public void The_checksum_is_that_of_the_standard() => Crc(Encoding.ASCII.GetBytes("123456789")).ShouldBe(0xE3069283);

    private static uint Crc(byte[] bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return crc ^ 0xFFFFFFFF;
    }

    private sealed class CancelAfter(int step, CancellationTokenSource cancel) : ITrainingObserver
    {
        public void Started(TrainingPlan plan)
        {
        }

        public void Stepped(TrainingProgress progress)
        {
            if (progress.Step == step)
                cancel.Cancel();
        }

        public void Probed(int step, string run, double loss)
        {
        }

        public void Saved(int step)
        {
        }
    }

    private sealed class Event
    {
        public double Time { get; private set; }

        public long Step { get; private set; }

        public string? Version { get; private set; }

        public bool IsStart { get; private set; }

        public List<(string Tag, float Value)> Scalars { get; } = [];

        public static Event Parse(byte[] message)
        {
            var one = new Event();
            foreach (var (field, value) in Fields(message))
            {
                switch (field)
                {
                    case 1:
                        one.Time = BitConverter.ToDouble(value);
                        break;
                    case 2:
                        one.Step = BitConverter.ToInt64(value);
                        break;
                    case 3:
                        one.Version = Encoding.UTF8.GetString(value);
                        break;
                    case 5:
                        one.Scalars.AddRange(Fields(value).Select(entry => Scalar(entry.Value)));
                        break;
                    case 7:
                        one.IsStart = Fields(value).Single() is (1, var status) && BitConverter.ToInt64(status) == 1;
                        break;
                    default:
                        throw new InvalidDataException($"field {field}");
                }
            }

            return one;
        }

        private static (string, float) Scalar(byte[] message)
        {
            var fields = Fields(message).ToDictionary(entry => entry.Field, entry => entry.Value);
            return (Encoding.UTF8.GetString(fields[1]), BitConverter.ToSingle(fields[2]));
        }

        private static IEnumerable<(int Field, byte[] Value)> Fields(byte[] message)
        {
            for (var at = 0; at < message.Length;)
            {
                var key = Varint(message, ref at);
                var length = (key & 7) switch { 0 => 0, 1 => 8, 5 => 4, 2 => (int)Varint(message, ref at), _ => throw new InvalidDataException($"wire type {key & 7}") };
                var value = (key & 7) == 0 ? BitConverter.GetBytes(Varint(message, ref at)) : message[at..(at + length)];
                at += length;
                yield return ((int)(key >> 3), value);
            }
        }

        private static long Varint(byte[] message, ref int at)
        {
            var value = 0L;
            for (var shift = 0; ; shift += 7)
            {
                var part = message[at++];
                value |= (long)(part & 0x7F) << shift;
                if ((part & 0x80) == 0)
                    return value;
            }
        }
    }
}
