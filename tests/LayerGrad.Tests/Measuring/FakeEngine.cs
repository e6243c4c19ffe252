using System.Security.Cryptography;
using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Examples;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Tests.Measuring;

/// <summary>
/// An engine whose numbers are a hash of an example's tokens and of everything it is packed with, so that a run
/// whose windows depend on where it was cut gives other bytes.
/// </summary>
internal sealed class FakeMeasurer(int tokenBudget, MeasureRunOptions options, Action<int>? beforeWindow = null) : IExampleMeasurer
{
    public static readonly MeasuredWeight[] Measured =
    [
        new("model.layers.0.self_attn.q_proj.weight", 4, 4), new("model.layers.0.self_attn.k_proj.weight", 2, 4),
        new("model.layers.0.self_attn.v_proj.weight", 2, 4), new("model.layers.0.self_attn.o_proj.weight", 4, 4),
    ];

    private int _windows;

    public int TokenBudget => tokenBudget;

    public LayerGrad.Decoders.MemoryPlan? Plan => null;

    public string Device => "a fake device";

    public IReadOnlyList<MeasuredWeight> Weights => Measured;

    /// <summary>How many examples were measured, again or not.</summary>
    public int Count { get; private set; }

    public IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel)
    {
        beforeWindow?.Invoke(_windows++);
        cancel.ThrowIfCancellationRequested();
        window.Sum(example => example.Ids.Length).ShouldSatisfyAllConditions(
            tokens => (tokens <= tokenBudget || window.Count == 1).ShouldBeTrue(),
            _ => window.Select(example => -example.Ids.Length).ShouldBeInOrder());
        Count += window.Count;
        var together = window.SelectMany(example => example.Ids).ToArray();
        return [.. window.Select(example => Of(example, together))];
    }

    public void Dispose()
    {
    }

    private Measurement Of(TokenizedExample example, int[] together)
    {
        var failure = example.Example.Output == "diverges" ? "the loss is not finite" : null;
        var weights = Measured.Select((weight, i) => Weight(weight, Numbers([.. example.Ids, -1, .. together, i]), example)).ToList();
        return new Measurement(weights[0][Statistic.FrobeniusNorm], example.Ids.Length, example.Ids.Length - example.ResponseStart, weights, failure, RouterNearTies: example.Example.Index % 4);
    }

    private WeightStatistics Weight(MeasuredWeight weight, Random numbers, TokenizedExample example)
    {
        var largest = numbers.NextDouble() * Math.Pow(10, numbers.Next(-6, 3));
        double[] values = [largest, largest * numbers.NextDouble()];
        return WeightStatistics.Of(
            weight.Name,
            new GradientStatistics(largest / 3 - 0.1, largest, -largest / 7, Math.Sqrt(values.Sum(value => value * value)), values),
            StatisticSelection.Parse(options.Measurement.Statistics),
            options.Measurement.Spectra,
            options.Measurement.Tokens ? [.. example.Ids.Select(_ => numbers.NextDouble())] : null);
    }

    private static Random Numbers(int[] seed) =>
        new(BitConverter.ToInt32(SHA256.HashData(seed.SelectMany(BitConverter.GetBytes).ToArray())));
}

/// <summary>A checkpoint that nothing is read from.</summary>
internal sealed class EmptyCheckpoint : Checkpoint
{
    private readonly JsonDocument _config = JsonDocument.Parse("""{"model_type":"llama","num_hidden_layers":1}""");

    public override string Location => "nowhere";

    public override JsonElement Config => _config.RootElement;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => new Dictionary<string, TensorInfo>();

    /// <summary>No folder has its tokenizer: the examples' encoding is the test's own.</summary>
    public override IReadOnlyDictionary<string, object>? GgufMetadata => new Dictionary<string, object>();

    public override void Read(string name, long start, Span<float> destination) => throw new NotSupportedException();

    public override void Read(string name, long start, Span<double> destination) => throw new NotSupportedException();

    public override string Hash() => "sha256:model";

    protected override void Dispose(bool disposing) => _config.Dispose();
}

/// <summary>A dataset, its encoding (a token a character) and a folder for runs.</summary>
internal sealed class RunBench : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("layergrad-runs-").FullName;

    public List<Example> Examples { get; } = [.. Make(40)];

    public int TokenBudget { get; set; } = 100;

    public DateOnly? SeenDate { get; private set; }

    public FakeMeasurer? LastMeasurer { get; private set; }

    /// <summary>How many examples of the dataset the last run has looked at.</summary>
    public int Read { get; private set; }

    public MeasureRunOptions Options(string name = "run.jsonl") => new() { Model = "model", Data = "data.json", Out = Path.Combine(Folder, name) };

    public MeasureSummary Run(MeasureRunOptions options, IMeasureObserver? observer = null, Action<int>? beforeWindow = null, CancellationToken cancel = default)
    {
        options.Validate();
        Read = 0;
        var (first, end) = options.Select(Examples.Count);
        using var inputs = new MeasureInputs(new LoadedModel(new EmptyCheckpoint()), Identity(options, first, end), Examples[first..end], CreateEncoder) { ReadFrom = Seen };
        return MeasureRun.Execute(options, inputs, (_, asked, budget) => LastMeasurer = new FakeMeasurer(budget ?? TokenBudget, asked, beforeWindow), observer, cancel);
    }

    /// <summary>The bytes of a run's files by their names without the stem.</summary>
    public Dictionary<string, byte[]> Files(string name = "run.jsonl")
    {
        var stem = Path.GetFileNameWithoutExtension(name) + ".";
        return Directory.GetFiles(Folder, stem + "*").ToDictionary(path => Path.GetFileName(path)[stem.Length..], File.ReadAllBytes);
    }

    public string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static RunMetadata Identity(MeasureRunOptions options, int first, int end) => new()
    {
        Version = "1.2.3",
        ModelPath = options.Model,
        ModelHash = "sha256:model",
        Family = "llama",
        Layers = 1,
        DataPath = options.Data,
        DataHash = "sha256:data",
        First = first,
        End = end,
        Measurement = options.Measurement with { Date = null },
        Device = "cpu",
    };

    private static IEnumerable<Example> Make(int count)
    {
        var random = new Random(5);
        for (var i = 0; i < count; i++)
        {
            var output = i % 11 == 3 ? "" : i % 13 == 5 ? "diverges" : $"answer {i} 🙂 \"é\"\n" + new string('x', random.Next(0, 30));
            yield return new Example(i, "question\t" + new string((char)('a' + i % 26), random.Next(1, 40)), i % 7 == 2 ? "in\\put" : "", output);
        }
    }

    private IEnumerable<Example> Seen(int position)
    {
        foreach (var example in Examples.Skip(position))
        {
            Read = Math.Max(Read, example.Index + 1);
            yield return example;
        }
    }

    private Func<Example, EncodedExample> CreateEncoder(DateOnly date)
    {
        SeenDate = date;
        return example =>
        {
            if (example.Output.Length == 0)
                return new EncodedExample(example, null, "the output is empty");
            var text = example.InstructionWithInput + "\n" + example.Output;
            int[] ids = [.. text.Select(c => (int)c)];
            return new EncodedExample(example, new TokenizedExample(example, ids, [.. ids.Select((_, i) => new LayerGrad.Tokenizers.TokenOffset(i, i + 1))], text, example.InstructionWithInput.Length + 1, false), null);
        };
    }
}
