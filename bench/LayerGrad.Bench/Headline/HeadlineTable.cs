using System.Globalization;
using System.Text.Json.Nodes;

namespace LayerGrad.Bench.Headline;

/// <summary>The tables of docs/performance.md, measured in one run on one machine. Every measurement has a process of its own.</summary>
internal sealed class HeadlineTable(HeadlineOptions options)
{
    private const int WindowTokens = 2048;

    private static readonly string[] s_statistics = ["S_sum", "S_max", "frobenius_norm", "M_max", "M_min"];

    private static readonly int[] s_lengths = [64, 128, 256, 512, 1024, 2000];

    /// <summary>Checks that all sides compute the same, then measures and prints.</summary>
    public void Print()
    {
        Console.WriteLine($"{MachineDescription.Text()}, {options.Threads} threads");
        CheckAnswers();
        foreach (var (name, shape) in options.Shapes)
            PrintShape(name, shape);
        if (options.Quick)
            return;
        PrintManaged();
        PrintLengths();
        if (options.StreamLayers > 0)
            PrintStreamed();
    }

    /// <summary>The same statistics of the same small model from our engine and from both baselines, before anything is timed.</summary>
    private void CheckAnswers()
    {
        var worst = 0.0;
        foreach (var tokens in (int[])[30, 90])
        {
            var settings = new RunSettings(ModelShape.All["tiny"], tokens, 10, 2, 1, options.Threads, Check: true);
            var ours = BenchProcess.Self(settings.Arguments("tiny"))["weights"]!.AsObject();
            foreach (var method in (string[])["loop", "factors"])
            {
                var theirs = BenchProcess.Baseline(options.Script, settings.BaselineArguments(method))["weights"]!.AsObject();
                foreach (var (weight, statistics) in ours)
                {
                    foreach (var key in s_statistics)
                    {
                        var (a, b) = (Number(statistics!, key), Number(theirs[weight]!, key));
                        worst = Math.Max(worst, Math.Abs(a - b) / Math.Abs(b));
                    }
                }
            }
        }

        // The loop's float32 gradient has rank-many digits fewer in the sum of its singular values than the factors have.
        if (!(worst < 1e-3))
            throw new InvalidOperationException(Format($"the sides do not compute the same: a statistic differs by {worst:0.0e+0}"));
        Console.WriteLine(Format($"All sides agree to {worst:0.0e+0} in {s_statistics.Length} statistics of every weight of a small model."));
    }

    private void PrintShape(string name, ModelShape shape)
    {
        Console.WriteLine();
        Console.WriteLine($"### {shape.Title}");
        Console.WriteLine();
        Console.WriteLine("| tokens | sgemm, square / these shapes | ours | multiply limit | **ours ÷ limit** | loop | **loop ÷ ours** | factors in PyTorch | **factors ÷ ours** | processor time: loop, factors ÷ ours | peak memory: ours, loop, factors |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var tokens in options.Tokens)
        {
            var settings = Settings(shape, tokens, options.Quick ? 2 : 3);
            var ours = BenchProcess.Self(settings.Arguments(name));
            var loop = options.Loop(name) ? BenchProcess.Baseline(options.Script, (settings with { Batch = 1, Repeat = 1 }).BaselineArguments("loop")) : null;
            var factors = HeadlineOptions.HasBaselines(name) ? BenchProcess.Baseline(options.Script, (settings with { Repeat = 2 }).BaselineArguments("factors")) : null;
            var limit = shape.Operations(tokens, settings.Response) / Number(ours, "square_rate");
            Console.WriteLine(Format($"| {tokens} | {Number(ours, "square_rate") / 1e9:0} / {Number(ours, "rate") / 1e9:0} GFlop/s | {Time(Number(ours, "seconds"))} | {Time(limit)} | **{Number(ours, "seconds") / limit:0.00}** | {Time(loop, "seconds")} | **{Ratio(loop, ours, "seconds")}** | {Time(factors, "seconds")} | **{Ratio(factors, ours, "seconds")}** | {Ratio(loop, ours, "processor")}, {Ratio(factors, ours, "processor")} | {Memory(ours)}, {Memory(loop)}, {Memory(factors)} |"));
            if (options.Phases)
                Console.WriteLine("  " + string.Join(", ", ours["phases"]!.AsObject().OrderByDescending(phase => phase.Value!.GetValue<double>()).Select(phase => Format($"{phase.Key} {phase.Value!.GetValue<double>() * 1000:0.0} ms"))));
        }
    }

    private void PrintManaged()
    {
        Console.WriteLine();
        Console.WriteLine("### Without OpenBLAS");
        Console.WriteLine();
        Console.WriteLine("| shape | tokens | with OpenBLAS | managed | managed ÷ OpenBLAS | in processor time |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, shape) in options.Shapes)
        {
            foreach (var tokens in options.Tokens.Where(tokens => tokens is 150 or 400))
            {
                var settings = Settings(shape, tokens, 2);
                var (ours, managed) = (BenchProcess.Self(settings.Arguments(name)), BenchProcess.Self(settings.Arguments(name), managed: true));
                Console.WriteLine(Format($"| {shape.Title} | {tokens} | {Time(Number(ours, "seconds"))} | {Time(Number(managed, "seconds"))} | **{Ratio(managed, ours, "seconds")}** | {Ratio(managed, ours, "processor")} |"));
            }
        }
    }

    private void PrintLengths()
    {
        var (name, shape) = options.Shapes[0];
        Console.WriteLine();
        Console.WriteLine($"### Time per token by length ({shape.Title})");
        Console.WriteLine();
        Console.WriteLine("| tokens | milliseconds a token | linear layers and head | attention | statistics | element operations |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var tokens in s_lengths)
        {
            var ours = BenchProcess.Self(Settings(shape, tokens, 2).Arguments(name));
            var phases = ours["phases"]!;
            double Of(string phase) => (phases[phase]?.GetValue<double>() ?? 0) / tokens * 1000;
            var (all, products, attention, statistics) = (Number(ours, "seconds") / tokens * 1000, Of("products"), Of("attention"), Of("statistics"));
            Console.WriteLine(Format($"| {tokens} | {all:0.000} | {products:0.000} | {attention:0.000} | {statistics:0.000} | {all - products - attention - statistics:0.000} |"));
        }
    }

    private void PrintStreamed()
    {
        var shape = ModelShape.All["llama3"].WithLayers(options.StreamLayers, wholeVocabulary: true);
        var folder = Path.Combine(options.Scratch, $"layergrad-bench-{Environment.ProcessId}");
        try
        {
            var bytes = SyntheticCheckpoint.Write(shape, folder);
            Console.WriteLine();
            Console.WriteLine(Format($"### Larger than memory: {shape.Title}, {bytes / 1073741824.0:0.0} GiB of bfloat16"));
            Console.WriteLine();
            Console.WriteLine("| --memory | plan | layers resident | peak resident memory | peak ÷ plan | time for 1,024 tokens |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach (var budget in (string[])["3GiB", "4.5GiB", "6GiB"])
            {
                var run = BenchProcess.Self(["headline-stream", folder, budget, "1024", "256"]);
                Console.WriteLine(Format($"| {budget} | {Number(run, "plan_bytes") / 1073741824:0.00} GiB | {Number(run, "resident_layers"):0} | {Memory(run)} | {Number(run, "peak_bytes") / Number(run, "plan_bytes"):0.00} | {Time(Number(run, "seconds"))} |"));
            }
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private RunSettings Settings(ModelShape shape, int tokens, int repeat) =>
        new(shape, tokens, Math.Max(1, tokens / 2), Math.Max(1, WindowTokens / tokens), repeat, options.Threads, Check: false);

    private static string Ratio(JsonNode? numerator, JsonNode denominator, string key) =>
        numerator is null ? "–" : Format($"{Number(numerator, key) / Number(denominator, key):0.00}");

    private static string Time(JsonNode? answer, string key) => answer is null ? "–" : Time(Number(answer, key));

    private static string Time(double seconds) => seconds >= 1 ? Format($"{seconds:0.00} s") : Format($"{seconds * 1000:0.0} ms");

    private static string Memory(JsonNode? answer) => answer is null ? "–" : Format($"{Number(answer, "peak_bytes") / 1073741824:0.00} GiB");

    private static double Number(JsonNode answer, string key) => answer[key]!.GetValue<double>();

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
