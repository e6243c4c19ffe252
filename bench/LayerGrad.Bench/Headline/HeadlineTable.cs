using System.Globalization;
using System.Text.Json.Nodes;
using LayerGrad.Compute;

namespace LayerGrad.Bench.Headline;

/// <summary>The tables of docs/performance.md, measured in one run on one machine. Every measurement has a process of its own.</summary>
internal sealed class HeadlineTable(HeadlineOptions options)
{
    private const int WindowTokens = 2048;

    private static readonly string[] s_statistics = ["S_sum", "S_max", "frobenius_norm", "M_max", "M_min"];

    private static readonly int[] s_lengths = [64, 128, 256, 512, 1024, 2000];

    private readonly ProcessorCores _cores = new(options.Threads);
    private readonly List<HeadlineRow> _rows = [];

    /// <summary>Checks that all sides compute the same, then measures and prints.</summary>
    public void Print()
    {
        Describe();
        CheckAnswers();
        foreach (var (name, shape) in options.Shapes)
            PrintShape(name, shape);
        if (options.Phases)
        {
            PrintPhases();
            HeadlineBars.Print(_rows);
        }

        if (options.Quick)
            return;
        PrintManaged();
        PrintLengths();
        if (options.StreamLayers > 0)
            PrintStreamed();
    }

    private void Describe()
    {
        var settings = new RunSettings(ModelShape.All["tiny"], 30, 10, 1, _cores.Count, Check: true);
        using BenchSide ours = Ours("tiny", settings), theirs = Theirs("factors", "tiny", settings);
        Console.WriteLine($"{MachineDescription.Text()}; processors {_cores.List} for every side, a thread each");
        Console.WriteLine($"ours: {ours.About["device"]}");
        Console.WriteLine($"theirs: {theirs.About["device"]}");
        Console.WriteLine(Format($"Sides in turns, medians of {options.Rounds} rounds and of the ratios within them{(options.ByProcessor ? "; processor time over the threads instead of the clock" : "")}."));
    }

    /// <summary>The same statistics of the same small model from our engine and from both baselines, before anything is timed.</summary>
    private void CheckAnswers()
    {
        var worst = 0.0;
        foreach (var tokens in (int[])[30, 90])
        {
            var settings = new RunSettings(ModelShape.All["tiny"], tokens, 10, 2, _cores.Count, Check: true);
            using var engine = Ours("tiny", settings);
            var ours = engine.About["weights"]!.AsObject();
            foreach (var method in (string[])["loop", "factors"])
            {
                using var baseline = Theirs(method, "tiny", settings);
                var theirs = baseline.About["weights"]!.AsObject();
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
        Console.WriteLine("| tokens | sgemm, square / these shapes | ours | multiply limit | **ours ÷ limit** | libtorch's loop | **loop ÷ ours** | libtorch, our method | **our method ÷ ours** | processor time: loop, our method ÷ ours | peak memory: ours, loop, our method |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var tokens in options.Tokens)
        {
            var row = Measure(name, shape, tokens);
            _rows.Add(row);
            var (square, rate) = row.Rates;
            var (ours, limit, loop, factors) = row.Seconds;
            var (loopProcessor, factorsProcessor) = row.ProcessorToOurs;
            var (peak, loopPeak, factorsPeak) = row.Peaks;
            Console.WriteLine(Format($"| {tokens} | {square / 1e9:0} / {rate / 1e9:0} GFlop/s | {Time(ours)} | {Time(limit)} | **{row.OursToLimit:0.00}** | {Time(loop)} | **{Ratio(row.LoopToOurs)}** | {Time(factors)} | **{Ratio(row.FactorsToOurs)}** | {Ratio(loopProcessor)}, {Ratio(factorsProcessor)} | {Memory(peak)}, {Memory(loopPeak)}, {Memory(factorsPeak)} |"));
        }
    }

    /// <summary>The sides in turns, five times.</summary>
    private HeadlineRow Measure(string name, ModelShape shape, int tokens)
    {
        var settings = Settings(shape, tokens);
        var row = new HeadlineRow(name, tokens, shape.Operations(tokens, settings.Response), options.ByProcessor);
        using var ours = Ours(name, settings);
        using var loop = options.Loop(name) ? Theirs("loop", name, settings with { Batch = 1 }) : null;
        using var factors = HeadlineOptions.HasBaselines(name) ? Theirs("factors", name, settings) : null;
        for (var round = 0; round < options.Rounds; round++)
            row.Round(ours, loop, factors);
        return row;
    }

    private void PrintPhases()
    {
        Console.WriteLine();
        Console.WriteLine("### How our time divides (in brackets over the multiply limit)");
        Console.WriteLine();
        Console.WriteLine("| shape | tokens | phases |");
        Console.WriteLine("|---|---|---|");
        foreach (var row in _rows)
        {
            var all = row.Seconds.Ours;
            var rest = all - row.Phases.Sum(phase => phase.Seconds);
            var phases = row.Phases.Where(phase => phase.Seconds > 0.005 * all)
                .Select(phase => Format($"{phase.Phase} {phase.Seconds / all:0 %} ({phase.OfLimit:0.00})"));
            Console.WriteLine(Format($"| {ModelShape.All[row.Shape].Name} | {row.Tokens} | {string.Join(", ", phases)}, none of these {Math.Max(0, rest / all):0 %} |"));
        }
    }

    private void PrintManaged()
    {
        Console.WriteLine();
        Console.WriteLine("### With our own products, and with the system's BLAS");
        Console.WriteLine();
        Console.WriteLine("| shape | tokens | with the system's BLAS | own | **own ÷ BLAS** | in processor time |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, shape) in options.Shapes)
        {
            foreach (var tokens in options.Tokens.Where(tokens => tokens is 150 or 400))
            {
                var settings = Settings(shape, tokens);
                using BenchSide library = Ours(name, settings, "libopenblas.so.0"), managed = Ours(name, settings, "managed");
                var row = new HeadlineRow(name, tokens, shape.Operations(tokens, settings.Response), options.ByProcessor);
                for (var round = 0; round < options.Rounds; round++)
                    row.Round(library, managed, null);
                Console.WriteLine(Format($"| {shape.Title} | {tokens} | {Time(row.Seconds.Ours)} | {Time(row.Seconds.Loop)} | **{row.LoopToOurs:0.00}** | {row.ProcessorToOurs.Loop:0.00} |"));
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
            var settings = Settings(shape, tokens);
            var row = new HeadlineRow(name, tokens, shape.Operations(tokens, settings.Response), options.ByProcessor);
            using var ours = Ours(name, settings);
            for (var round = 0; round < options.Rounds; round++)
                row.Round(ours, null, null);
            double Of(string kind) => row.Phases.FirstOrDefault(phase => phase.Phase == kind).Seconds / tokens * 1000;
            var (all, products, attention, statistics) = (row.Seconds.Ours / tokens * 1000, Of("products"), Of("attention"), Of("statistics"));
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
                Console.WriteLine(Format($"| {budget} | {Number(run, "plan_bytes") / 1073741824:0.00} GiB | {Number(run, "resident_layers"):0} | {Memory(Number(run, "peak_bytes"))} | {Number(run, "peak_bytes") / Number(run, "plan_bytes"):0.00} | {Time(Number(run, "seconds"))} |"));
            }
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private BenchSide Ours(string shape, RunSettings settings, string? blas = null) => BenchSide.Start(
        _cores, typeof(HeadlineTable).Assembly.Location, settings.Arguments("headline-engine", shape),
        blas is null ? [] : [(BlasLibrary.Variable, blas)]);

    private BenchSide Theirs(string method, string shape, RunSettings settings) =>
        BenchSide.Start(_cores, options.Baselines, settings.Arguments(method, shape),
            [("OMP_NUM_THREADS", _cores.Count.ToString(CultureInfo.InvariantCulture)), .. options.ByProcessor ? [("OMP_WAIT_POLICY", "passive")] : ((string, string)[])[]]);

    private RunSettings Settings(ModelShape shape, int tokens) =>
        new(shape, tokens, Math.Max(1, tokens / 2), Math.Max(1, WindowTokens / tokens), _cores.Count, Check: false);

    private static string Ratio(double ratio) => double.IsNaN(ratio) ? "–" : Format($"{ratio:0.00}");

    private static string Time(double seconds) => double.IsNaN(seconds) ? "–" : seconds >= 1 ? Format($"{seconds:0.00} s") : Format($"{seconds * 1000:0.0} ms");

    private static string Memory(double bytes) => double.IsNaN(bytes) ? "–" : Format($"{bytes / 1073741824:0.00} GiB");

    private static double Number(JsonNode answer, string key) => answer[key]!.GetValue<double>();

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
