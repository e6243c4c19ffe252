using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Cli.Commands;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using Xunit.Abstractions;
using LayerGrad.Runs.Measurements;
using LayerGrad.Compute;

namespace LayerGrad.Tests.Measuring;

/// <summary>
/// Checkpoints with one tensor so small or so large that float32 is at its end: every number is that of float64, or there is
/// none and a reason.
/// </summary>
public sealed class EdgeOfRangeTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;
    private const int Examples = 4;

    private const string Values = "model.layers.1.self_attn.v_proj.weight";
    private const string Head = "lm_head.weight";
    private const string Embedding = "model.embed_tokens.weight";

    private static readonly (string Tensor, double Factor)[] s_cases =
    [
        (Values, 1e-20), (Values, 1e-30), (Values, 1e-38), (Head, 1e-30), (Head, 1e-25), (Head, 1e5), (Head, 1e30),
        (Embedding, 1e-25), (Embedding, 2e19), (Embedding, 1e25), ("*", 0),
    ];

    /// <summary>Factors all over the range of float32; the listed ones are always measured.</summary>
    private static IEnumerable<(string Tensor, double Factor)> Cases => s_cases.Concat(Extent.OneInFive(
    [
        .. from exponent in Enumerable.Range(-7, 14)
           from tensor in (string[])[Values, Head, Embedding, "model.layers.2.mlp.down_proj.weight"]
           select (tensor, double.Parse($"1e{exponent * 5}", CultureInfo.InvariantCulture)),
    ]));

    [SharedFact]
    public void Statistics_shares_and_cosines_in_float32_are_those_of_float64_wherever_a_tensor_puts_them()
    {
        var failures = new List<string>();
        var (compared, widened, cases) = (0, 0, 0);
        foreach (var (tensor, factor) in Cases)
        {
            var ours = Measure(tensor, factor, Precision.Float32);
            var exact = Measure(tensor, factor, Precision.Float64);
            widened += ours.Count(one => one.MeasuredIn == Precision.Float64);
            cases++;
            for (var i = 0; i < Examples; i++)
                compared += Compare($"{tensor} x {factor:0e0}, example {i}", ours[i], exact[i], failures);
        }

        output.WriteLine($"{cases} cases, {compared} numbers compared, {widened} of {cases * Examples} examples measured in float64, {failures.Count} failures");
        failures.ShouldBeEmpty(string.Join("\n", failures.Take(60)));
        compared.ShouldBeGreaterThan(100_000);
        widened.ShouldBeGreaterThan(cases);
    }

    [SharedFact]
    public void Kernels_in_float32_are_those_of_float64_wherever_a_tensor_puts_them()
    {
        using var folder = new TemporaryFolder();
        var failures = new List<string>();
        var compared = 0;
        foreach (var (tensor, factor) in s_cases)
        {
            var model = Stored(folder, $"{tensor}{factor}", tensor, factor);
            var (ours, exact) = (Kernel(model, Precision.Float32), Kernel(model, Precision.Float64));
            ours.Length.ShouldBe(exact.Length);
            var n = Examples;
            for (var place = 0; place < exact.Length; place++)
            {
                var (weight, i, j) = (place / (n * n), place / n % n, place % n);
                var scale = Math.Sqrt(exact[(weight * n + i) * n + i]) * Math.Sqrt(exact[(weight * n + j) * n + j]);
                compared++;
                if (!(Math.Abs(ours[place] - exact[place]) <= Tolerance * scale) || (scale == 0) != (tensor == "*"))
                    failures.Add(string.Create(CultureInfo.InvariantCulture, $"{tensor} x {factor:0e0}: weight {weight}, examples {i} and {j}: {ours[place]:g9} and should be {exact[place]:g9}"));
            }
        }

        output.WriteLine($"{compared} inner products compared, {failures.Count} failures");
        failures.ShouldBeEmpty(string.Join("\n", failures.Take(60)));

        double[] Kernel(string model, Precision precision)
        {
            var path = folder.At($"{Guid.NewGuid():N}.npy");
            var summary = KernelRun.Execute(new KernelOptions { Measure = (Options(model, precision) with { Out = path }).Measuring(measurement => measurement with { Weights = "attention" }) });
            summary.Skipped.ShouldBeEmpty();
            return [.. MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(path).AsSpan(^(summary.Shape.Aggregate(sizeof(double), (product, size) => product * size))..))];
        }
    }

    [SharedFact]
    public void A_gradient_that_is_zero_in_float64_is_zero_and_no_reason()
    {
        foreach (var precision in (Precision[])[Precision.Float32, Precision.Float64])
        {
            foreach (var weight in Measure("*", 0, precision).SelectMany(one => one.Weights))
            {
                weight.Unresolved.ShouldBeNull(weight.Weight);
                (weight[Statistic.FrobeniusNorm], weight[Statistic.SingularSum], weight[Statistic.Max], weight[Statistic.Rank], weight[Statistic.EffectiveRank]).ShouldBe((0, 0, 0, 0, 0), weight.Weight);
                weight.TokenShares!.ShouldAllBe(share => share == 0);
            }
        }
    }

    [SharedTheory]
    [InlineData(Values, 1e-200)]
    [InlineData(Values, 1e-290)]
    [InlineData(Values, 1e200)]
    [InlineData(Head, 1e-200)]
    [InlineData(Head, 1e-290)]
    [InlineData(Head, 1e200)]
    [InlineData(Embedding, 1e-100)]
    [InlineData(Embedding, 1e-200)]
    [InlineData(Embedding, 1e200)]
    public void Float64_at_its_own_edges_gives_a_number_or_a_reason_and_never_zero(string tensor, double factor)
    {
        var measured = Measure(tensor, factor, Precision.Float64, storedAsFloat: false);

        measured.ShouldAllBe(one => one.Failure == null && double.IsFinite(one.Loss) && one.Loss > 0);
        var weights = measured.SelectMany(one => one.Weights).ToList();
        weights.Count(weight => weight.Unresolved is not null).ShouldBeGreaterThan(0);
        foreach (var weight in weights)
        {
            if (weight.Unresolved is null)
                (weight.IsFinite && weight[Statistic.FrobeniusNorm] > 0 && weight[Statistic.Max] > 0).ShouldBeTrue(weight.ToString());
            else
                weight.Unresolved.ShouldBeOneOf("underflow", "overflow");
        }
    }

    [SharedFact]
    public void Ordinary_models_stay_in_float32()
    {
        var encoded = 0;
        foreach (var family in Directory.GetDirectories(Shared.Path("models", "tiny")).Concat(Directory.GetDirectories(Shared.Path("models", "more"))))
        {
            var measured = ReferenceRun.Measure(family, Shared.Path("reference", "examples.json"), Options(family, Precision.Float32).Measuring(measurement => measurement with { Weights = "all" }));
            measured.ShouldAllBe(one => one.Failure == null && one.MeasuredIn == null && one.Unresolved == 0, family);
            encoded += measured.Count;
        }

        output.WriteLine($"{encoded} examples");
        encoded.ShouldBeGreaterThanOrEqualTo(80);
    }

    [SharedTheory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public void A_weight_that_is_no_number_is_named_where_the_examples_are_skipped(double value, string text)
    {
        using var folder = new TemporaryFolder();
        var model = Stored(folder, "broken", Values, value);

        foreach (var precision in (Precision[])[Precision.Float32, Precision.Float64])
        {
            var summary = MeasureRun.Execute(Options(model, precision) with { Out = folder.At($"{precision}.jsonl") });
            summary.Measured.ShouldBe(0);
            var skip = summary.Skipped.ShouldHaveSingleItem();
            (skip.Reason, skip.Count).ShouldBe(($"the loss is not finite: '{Values}' holds {text}", Examples));
            Should.Throw<InputException>(() => KernelRun.Execute(new KernelOptions { Measure = Options(model, precision) with { Out = folder.At($"{precision}.npy") } }))
                .Message.ShouldContain($"'{Values}' holds {text}");
        }
    }

    [SharedFact]
    public void Where_memory_holds_no_float64_a_gradient_at_the_edge_is_null_with_its_reason_and_counted()
    {
        using var folder = new TemporaryFolder();
        var model = Stored(folder, "small", Values, 1e-30);
        var options = (Options(model, Precision.Float32) with { Out = folder.At("run.jsonl") }).Measuring(measurement => measurement with { Tokens = true, Cosine = true, Spectra = true });
        options = options with { Memory = LeastMemory(options) };

        var summary = MeasureRun.Execute(options);

        summary.Measured.ShouldBe(Examples);
        summary.Widened.ShouldBe(0);
        summary.Unresolved.ShouldBeGreaterThanOrEqualTo(Examples);
        var unresolved = 0;
        var lines = File.ReadAllLines(options.Out).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        foreach (var line in lines)
        {
            var weights = line.Where(property => property.Value is JsonObject weight && weight.ContainsKey("S_sum")).ToList();
            var without = weights.Where(weight => weight.Value!["unresolved"] is not null).ToList();
            line["unresolved"]!.GetValue<int>().ShouldBe(without.Count);
            unresolved += without.Count;
            foreach (var (name, weight) in without)
            {
                weight!["unresolved"]!.GetValue<string>().ShouldBe("underflow", name);
                weight.AsObject().Where(statistic => statistic.Key != "unresolved").ShouldAllBe(statistic => statistic.Value == null);
            }

            without.Select(weight => weight.Key).ShouldContain("model.layers.1.self_attn.o_proj.weight");
            weights.Except(without).ShouldAllBe(weight => weight.Value!.AsObject().All(statistic => statistic.Value != null));
            line["cosine_sim"]!["o_proj"]!["matrix"]![1]!.AsArray().ShouldAllBe(cosine => cosine == null);
        }

        File.ReadAllLines(folder.At("run.tokens.jsonl")).ShouldAllBe(line => JsonNode.Parse(line)!["share"]!.AsObject()["model.layers.1.self_attn.o_proj.weight"] == null);
        ((long)unresolved).ShouldBe(summary.Unresolved);
        RunMetadata.Read(folder.At("run.meta.json")).Results!.Unresolved.ShouldBe(summary.Unresolved);
        MeasureRun.Execute(options).Unresolved.ShouldBe(summary.Unresolved);

        using var reader = new RunReader(options.Out, new RunReaderOptions { Spectra = true });
        while (reader.Read())
        {
            var weight = reader.Weights.ToList().FindIndex(name => name.Name == "model.layers.1.self_attn.o_proj.weight");
            reader.Current[weight, Statistic.SingularSum].ShouldBe(double.NaN);
            reader.Current[weight, Statistic.Rank].ShouldBe(double.NaN);
            reader.Current.Spectrum(weight).ToArray().ShouldBe([double.NaN]);
        }
    }

    [SharedFact]
    public void Examples_that_were_measured_in_float64_say_so_and_are_counted_again_when_a_run_is_read()
    {
        using var folder = new TemporaryFolder();
        var options = Options(Stored(folder, "small", Values, 1e-30), Precision.Float32) with { Out = folder.At("run.jsonl") };

        var summary = MeasureRun.Execute(options);

        (summary.Measured, summary.Widened, summary.Unresolved).ShouldBe((Examples, Examples, 0));
        File.ReadAllLines(options.Out).ShouldAllBe(line => JsonNode.Parse(line)!["precision"]!.GetValue<string>() == "fp64");
        RunMetadata.Read(folder.At("run.meta.json")).Results!.Widened.ShouldBe(Examples);
        MeasureRun.Execute(options).Widened.ShouldBe(Examples);
        MeasureCommand.Describe(summary).ShouldContain(line => line.Contains("measured in float64", StringComparison.Ordinal));
    }

    private static MeasureRunOptions Options(string model, Precision precision) => new()
    {
        Model = model,
        Data = Shared.Path("reference", "examples.json"),
        Out = "run.jsonl",
        Measurement = new()
        {
            Precision = precision,
            Protocol = Protocol.Strict,
            MaxLength = 512,
        },
        Limit = Examples,
        Memory = 2L << 30,
    };

    /// <summary>The least memory under which the run can be planned.</summary>
    private static long LeastMemory(MeasureRunOptions options)
    {
        using var model = ModelLoader.Open(options.Model);
        var (low, high) = (0L, 2L << 30);
        while (high - low > 1 << 10)
        {
            var middle = (low + high) / 2;
            try
            {
                Measurers.Create(model, options with { Memory = middle }, null).Dispose();
                high = middle;
            }
            catch (InputException)
            {
                low = middle;
            }
        }

        return high;
    }

    /// <summary>A copy of the checkpoint with a tensor (<c>*</c>: all of them) changed by a factor.</summary>
    private static string Stored(TemporaryFolder folder, string name, string tensor, double factor)
    {
        var (source, copy) = (Shared.Path("models", "tiny", "llama2"), folder.At(name));
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(source))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var weights = Path.Combine(copy, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        var header = (int)BitConverter.ToInt64(bytes);
        foreach (var (key, entry) in JsonNode.Parse(bytes.AsSpan(8, header))!.AsObject())
        {
            if (key == "__metadata__" || (tensor != "*" && key != tensor))
                continue;
            entry!["dtype"]!.GetValue<string>().ShouldBe("F32");
            var (start, end) = (entry["data_offsets"]![0]!.GetValue<int>(), entry["data_offsets"]![1]!.GetValue<int>());
            var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + header)[start..end]);
            if (!double.IsFinite(factor))
                values[0] = (float)factor;
            foreach (ref var value in double.IsFinite(factor) ? values : [])
                value = (float)(value * factor);
        }

        File.WriteAllBytes(weights, bytes);
        return copy;
    }

    private static IReadOnlyList<Measurement> Measure(string tensor, double factor, Precision precision, bool storedAsFloat = true)
    {
        using var stored = Checkpoint.Open(Shared.Path("models", "tiny", "llama2"));
        using var scaled = new LoadedModel(new ScaledCheckpoint(stored, name => tensor == "*" || name == tensor ? factor : null, storedAsFloat));
        var encoder = new ExampleEncoder(Tokenizer.Load(stored.Location), new MeasurementSpecification { Protocol = Protocol.Strict });
        var examples = Dataset.Load(Shared.Path("reference", "examples.json")).Take(Examples).Select(encoder.Encode).Select(encoded => encoded.Tokens!).ToList();
        var options = Options("model", precision).Measuring(measurement => measurement with { Weights = "all", Tokens = true, Cosine = true, Spectra = true });
        using var measurer = Measurers.Create(scaled, options, null);
        return measurer.Measure(examples, CancellationToken.None);
    }

    /// <summary>Compares what there is; a missing number needs its reason.</summary>
    private static int Compare(string place, Measurement ours, Measurement exact, List<string> failures)
    {
        var compared = 0;
        if (ours.Failure != exact.Failure)
            failures.Add($"{place}: {ours.Failure ?? "measured"} instead of {exact.Failure ?? "measured"}");
        if (ours.Failure is not null || exact.Failure is not null)
            return 0;
        Note("loss", ours.Loss, exact.Loss, exact.Loss);
        var unresolved = ours.Weights.Where(weight => weight.Unresolved is not null).Select(weight => weight.Weight).ToHashSet();
        foreach (var (one, other) in ours.Weights.Zip(exact.Weights))
        {
            other.Unresolved.ShouldBeNull($"{place}: {other.Weight} in float64");
            if (one.Unresolved is not null)
                continue;
            Note($"{one.Weight} M_mean", one[Statistic.Mean], other[Statistic.Mean], other[Statistic.FrobeniusNorm] / 1000);
            Note($"{one.Weight} M_max", one[Statistic.Max], other[Statistic.Max], other[Statistic.Max]);
            Note($"{one.Weight} M_min", one[Statistic.Min], other[Statistic.Min], other[Statistic.Min]);
            Note($"{one.Weight} frobenius_norm", one[Statistic.FrobeniusNorm], other[Statistic.FrobeniusNorm], other[Statistic.FrobeniusNorm]);
            Note($"{one.Weight} S_sum", one[Statistic.SingularSum], other[Statistic.SingularSum], other[Statistic.SingularSum]);
            Note($"{one.Weight} S_max", one[Statistic.SingularMax], other[Statistic.SingularMax], other[Statistic.SingularMax]);
            Note($"{one.Weight} S_min", one[Statistic.SingularMin], other[Statistic.SingularMin], other[Statistic.SingularMax]);
            Note($"{one.Weight} effective_rank", one[Statistic.EffectiveRank], other[Statistic.EffectiveRank], other[Statistic.EffectiveRank]);
            var largest = other.TokenShares!.Max(Math.Abs);
            for (var t = 0; t < other.TokenShares!.Length; t++)
                Note($"{one.Weight} share {t}", one.TokenShares![t], other.TokenShares[t], largest);
        }

        foreach (var (kind, matrix) in exact.Cosines!.BetweenLayers)
        {
            for (var i = 0; i < matrix.Layers.Length; i++)
            {
                for (var j = 0; j < matrix.Layers.Length; j++)
                    Note($"cosine {kind} {i} {j}", ours.Cosines!.BetweenLayers[kind].Values[i][j], matrix.Values[i][j], 1, unresolved.Count > 0);
            }
        }

        return compared;

        void Note(string what, double one, double other, double scale, bool mayLack = false)
        {
            compared++;
            if (one.Equals(other) || (mayLack && double.IsNaN(one)))
                return;
            var error = Math.Abs(one - other) / Math.Abs(scale);
            if (!(error <= Tolerance))
                failures.Add(string.Create(CultureInfo.InvariantCulture, $"{place}: {what} is {one:g9} and should be {other:g9}"));
        }
    }
}
