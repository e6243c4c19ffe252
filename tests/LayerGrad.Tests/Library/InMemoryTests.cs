using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Tests.Measuring;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Library;

/// <summary>What a program measures in memory is what the command line writes.</summary>
public sealed class InMemoryTests
{
    private const string Query = "model.layers.0.self_attn.q_proj.weight";
    private const long Memory = 1L << 30; // The same plan whatever other tests take meanwhile.

    private static readonly string s_model = Path.Combine(Shared.Repository, "demo", "model");
    private static readonly string s_data = Path.Combine(Shared.Repository, "demo", "data", "heldout_simplified.json");

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.Float64)]
    public void Numbers_are_those_of_measure_bit_for_bit(Precision precision)
    {
        using var folder = new TemporaryFolder();
        var data = Head(folder, 8);
        var run = Run(folder, data, precision);
        MeasureRun.Execute(run);

        using var model = Load(precision);
        var measured = model.Measure(InstructionData.Read(data)).ToList();

        var written = MeasuredRun.Read(run.Out, spectra: true).ToList();
        measured.Count.ShouldBe(8);
        measured.Select(example => (example.Index, example.Loss, example.Tokens, example.ResponseTokens))
            .ShouldBe(written.Select(example => (example.Index, example.Loss, example.Tokens, example.ResponseTokens)));
        foreach (var (mine, theirs) in measured.Zip(written))
        {
            mine.Gradients.Select(Numbers).ShouldBe(theirs.Gradients.Select(Numbers));
            mine[Query].SingularValues.ShouldBe(theirs[Query].SingularValues);
            mine[Query].NuclearNorm.ShouldBe(mine[Query].SingularValues.Sum());
            mine[Query].NuclearNorm.ShouldBe(mine[Query]["S_sum"]);
        }

        static (string, int?, string, double, double, double, double, double, double, double, double, double) Numbers(MeasuredGradient gradient) => (
            gradient.Weight, gradient.Layer, gradient.Projection, gradient.Mean, gradient.Max, gradient.Min, gradient.FrobeniusNorm, gradient.NuclearNorm,
            gradient.LargestSingularValue, gradient.SmallestSingularValue, gradient.EffectiveRank, gradient.Rank);
    }

    [Fact]
    public void Kernels_are_those_of_kernel_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var data = Head(folder, 4);
        var run = Run(folder, data, Precision.Float64) with { Out = folder.At("k.npy") };
        KernelRun.Execute(new KernelOptions { Measure = run });

        using var model = Load(Precision.Float64);
        var products = model.InnerProducts(InstructionData.Read(data));

        products.Examples.Count.ShouldBe(4);
        var bytes = File.ReadAllBytes(run.Out);
        var expected = new double[products.Weights.Count * 16];
        Buffer.BlockCopy(bytes, bytes.Length - (expected.Length * sizeof(double)), expected, 0, expected.Length * sizeof(double));
        products.Weights.SelectMany(weight => products[weight].Cast<double>()).ShouldBe(expected);
        products.Cosine(Query, 1, 1).ShouldBe(1, 1e-12);
        Should.Throw<KeyNotFoundException>(() => products["q_proj"]).Message.ShouldContain("q_proj.weight");
    }

    [Fact]
    public void Factors_give_the_gradient_whose_statistics_are_told()
    {
        using var model = Load(Precision.Float64);
        var own = new StableRank();
        var sink = new CountingSink();
        var options = new MeasureOptions { Weights = WeightSelection.Named(Query), Factors = true, TokenShares = true, Statistics = [own], Sinks = [sink] };
        foreach (var measured in model.Measure(InstructionData.Read(s_data).Take(3), options))
        {
            var gradient = measured.Gradients.ShouldHaveSingleItem();
            var elements = gradient.Factors.Gradient().Cast<double>().ToList();
            elements.Count.ShouldBe(gradient.Factors.Inputs * gradient.Factors.Outputs);
            elements.Max().ShouldBe(gradient.Max, 1e-12 * gradient.FrobeniusNorm);
            elements.Average().ShouldBe(gradient.Mean, 1e-12 * gradient.FrobeniusNorm);
            Math.Sqrt(elements.Sum(element => element * element)).ShouldBe(gradient.FrobeniusNorm, 1e-11 * gradient.FrobeniusNorm);
            gradient["stable_rank"].ShouldBe(Math.Pow(gradient.FrobeniusNorm / gradient.LargestSingularValue, 2));
            gradient.TokenShares.Sum().ShouldBe(1, 1e-9);
        }

        sink.Received.ShouldBe(3);
        sink.TokensOfFactors.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void Factors_that_nobody_keeps_are_there_for_the_sink_alone()
    {
        using var model = Load(Precision.Float32);
        var sink = new CountingSink();
        var measured = model.Measure(InstructionData.Read(s_data).Take(1), new MeasureOptions { Sinks = [sink] }).Single();
        sink.TokensOfFactors.ShouldBeGreaterThan(0);
        Should.Throw<InvalidOperationException>(() => measured[Query].Factors).Message.ShouldContain("MeasureOptions.Factors");
    }

    [Fact]
    public void Nothing_of_the_device_is_held_once_the_loop_is_left()
    {
        using var devices = new FakeDevices();
        var counters = new List<MemoryCounter>();
        devices.Counter = _ =>
        {
            counters.Add(new MemoryCounter());
            return counters[^1];
        };
        using var model = LanguageModel.Load(s_model, new ModelOptions { Device = devices[0], Memory = Memory });
        var taken = 0;
        var examples = InstructionData.Read(s_data).Select(example =>
        {
            taken++;
            return example;
        });

        var measuring = model.Measure(examples);
        counters.ShouldBeEmpty(); // Nothing before the first example is asked for.
        foreach (var measured in measuring)
        {
            measured.Index.ShouldBe(0);
            counters.ShouldHaveSingleItem().Allocated.ShouldBeGreaterThan(0);
            break;
        }

        counters[0].Allocated.ShouldBe(0);
        taken.ShouldBeLessThan(32);

        using var open = model.Measure(examples).GetEnumerator();
        open.MoveNext().ShouldBeTrue();
        counters[1].Allocated.ShouldBeGreaterThan(0);
        model.Dispose();
        counters[1].Allocated.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => open.MoveNext());
        Should.Throw<ObjectDisposedException>(() => model.Measure(examples));
    }

    [Fact]
    public void Cancelling_ends_the_loop()
    {
        using var model = Load(Precision.Float32);
        using var cancel = new CancellationTokenSource();
        var seen = 0;
        Should.Throw<OperationCanceledException>(() =>
        {
            foreach (var _ in model.Measure(Enumerable.Repeat(InstructionData.Read(s_data).First(), 100_000), cancel: cancel.Token))
            {
                seen++;
                cancel.Cancel();
            }
        });
        seen.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_cannot_be_measured_is_told_or_is_an_error()
    {
        using var model = Load(Precision.Float32);
        Example[] examples = [new("What is 2 + 2?", "", "4"), new("What is 2 + 3?", "", ""), new("What is 2 + 4?", "", "6")];
        Should.Throw<InputException>(() => model.Measure(examples).ToList()).Message.ShouldContain("example 1: ");
        var skipped = new List<int>();
        var measured = model.Measure(examples, new MeasureOptions { Skipped = (example, reason) => skipped.Add(example.Index) }).Select(example => example.Index);
        measured.ShouldBe([0, 2]);
        skipped.ShouldBe([1]);
    }

    [Fact]
    public void Names_that_there_are_not_say_which_there_are()
    {
        using var model = Load(Precision.Float32);
        var measured = model.Measure([new("What is 2 + 2?", "", "4")]).Single();
        var message = Should.Throw<KeyNotFoundException>(() => measured["layers.0.q_proj"]).Message;
        message.ShouldContain("'layers.0.q_proj' was not measured");
        message.ShouldContain(Query);
        Should.Throw<KeyNotFoundException>(() => measured[Query]["s_sum"]).Message.ShouldContain("S_sum");
        Should.Throw<InputException>(() => model.Measure([], new MeasureOptions { Weights = WeightSelection.Named("q_prj") })).Message.ShouldContain("matches no weight");
        Should.Throw<InputException>(() => LanguageModel.Load(s_model, new ModelOptions { Threads = 0 }));
        Should.Throw<InputException>(() => LanguageModel.Load(Path.Combine(Shared.Repository, "demo", "no-model")));
        Should.Throw<InputException>(() => model.Measure([], new MeasureOptions { Statistics = [new StableRank(), new StableRank()] })).Message.ShouldContain("stable_rank");
    }

    [Fact]
    public void Compared_runs_give_the_numbers_of_compare()
    {
        using var folder = new TemporaryFolder();
        var run = Run(folder, Head(folder, 8), Precision.Float32);
        MeasureRun.Execute(run);
        var comparison = RunComparison.Create([run.Out], new CompareOptions { Labels = ["simplified"], Bootstrap = 100 });
        var set = comparison.Sets.ShouldHaveSingleItem();
        var runs = MeasuredRun.Read(run.Out).ToList();
        set.Examples.ShouldBe(8);
        set.Loss.Value.ShouldBe(runs.Average(example => example.Loss), 1e-12);
        set.Curve("Q")[0].Value.ShouldBe(runs.Average(example => example[Query].NuclearNorm), 1e-12);
        set.Level("Q").Value.ShouldBe(set.Curve("Q").Average(layer => layer.Value), 1e-12);
        comparison.ToMarkdown().ShouldContain("simplified");
        Should.Throw<KeyNotFoundException>(() => set.Mad("X")).Message.ShouldContain("Q");
    }

    private static LanguageModel Load(Precision precision) => LanguageModel.Load(s_model, new ModelOptions { Precision = precision, Memory = Memory });

    private static MeasureRunOptions Run(TemporaryFolder folder, string data, Precision precision) => new()
    {
        Model = s_model,
        Data = data,
        Out = folder.At("run.jsonl"),
        Memory = Memory,
        Measurement = new() { Precision = precision, Spectra = true },
    };

    /// <summary>A dataset of the first examples: the whole of it is what both measure.</summary>
    private static string Head(TemporaryFolder folder, int count)
    {
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(s_data));
        return folder.Write("data.jsonl", string.Concat(document.RootElement.EnumerateArray().Take(count).Select(example => System.Text.Json.JsonSerializer.Serialize(example) + "\n")));
    }

    private sealed class StableRank : IGradientStatistic
    {
        public string Name => "stable_rank";

        public double Compute(MeasuredGradient gradient) => Math.Pow(gradient.FrobeniusNorm / gradient.LargestSingularValue, 2);
    }

    private sealed class CountingSink : IGradientSink
    {
        public int Received { get; private set; }

        public int TokensOfFactors { get; private set; }

        public bool NeedsFactors(string weight) => weight == Query;

        public void Receive(Example example, MeasuredGradient gradient)
        {
            Received++;
            if (gradient.Weight == Query)
                TokensOfFactors += gradient.Factors.Tokens;
        }
    }
}
