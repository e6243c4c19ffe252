using System.Globalization;
using LayerGrad.Compute;
using LayerGrad.Measuring;

namespace LayerGrad.Bench.Gpu;

/// <summary>What <c>bench/gpu</c> is asked for.</summary>
internal sealed record GpuOptions
{
    /// <summary>What to print where the arguments are wrong.</summary>
    public const string Usage = """
        usage: gpu parity|speed|original [--device cuda:0] [--out results.jsonl] [--checkpoints DIR]
                   [--layers N] [--small] [--precision bf16] [--memory 24GiB] [--rows 20x400,8x1000,1x8192] [--seconds 420] [--python python3]
          parity    the device against the processor in float64, in every precision that it has, on tiny checkpoints
          speed     tokens a second, forward and backward against the product rate, peak memory: Llama-3.1-8B's shape, made-up weights
          original  the original script's loop (transformers, fp32, batch 1) beside ours
          --small takes a tiny shape, and with --device torch every command runs without a GPU
        """;

    /// <summary>The command.</summary>
    public string Command { get; private init; } = "";

    /// <summary>Where <c>prepare</c> writes.</summary>
    public string Folder { get; private init; } = "";

    /// <summary>On what to compute.</summary>
    public string Device { get; private init; } = "cuda:0";

    /// <summary>The file to which results are appended.</summary>
    public string Out { get; private init; } = "results.jsonl";

    /// <summary>The folder of tiny checkpoints.</summary>
    public string Checkpoints { get; private init; } = Path.Combine(AppContext.BaseDirectory, "checkpoints");

    /// <summary>The layers of the shape; null for all.</summary>
    public int? Layers { get; private init; }

    /// <summary>Whether a tiny shape stands for the large one, to see that everything runs.</summary>
    public bool Small { get; private init; }

    /// <summary>In which numbers <c>speed</c> computes.</summary>
    public Precision Precision { get; private init; } = Precision.BFloat16;

    /// <summary>The bytes of the device's memory that may be used; null for most of what is free.</summary>
    public long? Memory { get; private init; }

    /// <summary>Windows: examples and tokens of each.</summary>
    public IReadOnlyList<(int Examples, int Tokens)> Rows { get; private init; } = [(20, 400), (8, 1000), (1, 8192)];

    /// <summary>After so many seconds no further row is begun.</summary>
    public int Seconds { get; private init; } = 420;

    /// <summary>The Python that has torch and transformers.</summary>
    public string Python { get; private init; } = "python3";

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="InputException">One of them is not known, or not of its form.</exception>
    public static GpuOptions Parse(string[] arguments)
    {
        var options = new GpuOptions { Command = arguments.FirstOrDefault() ?? "" };
        for (var i = 1; i < arguments.Length; i++)
        {
            if (arguments[i] == "--small")
            {
                options = options with { Small = true };
                continue;
            }

            if (options.Command == "prepare")
            {
                options = options with { Folder = arguments[i] };
                continue;
            }

            if (i + 1 == arguments.Length)
                throw new InputException($"{arguments[i]}: needs a value");
            options = options.With(arguments[i], arguments[++i]);
        }

        return options;
    }

    private GpuOptions With(string name, string value) => name switch
    {
        "--device" => this with { Device = value },
        "--out" => this with { Out = value },
        "--checkpoints" => this with { Checkpoints = value },
        "--layers" => this with { Layers = Number(name, value) },
        "--precision" => this with { Precision = Precisions.Parse(value) },
        "--memory" => this with { Memory = ByteSize.Parse(value) },
        "--rows" => this with { Rows = [.. value.Split(',').Select(Row)] },
        "--seconds" => this with { Seconds = Number(name, value) },
        "--python" => this with { Python = value },
        _ => throw new InputException($"{name}: no such option; {Usage}"),
    };

    private static (int Examples, int Tokens) Row(string text) =>
        text.Split('x') is [var examples, var tokens] ? (Number("--rows", examples), Number("--rows", tokens)) : throw new InputException($"--rows {text}: write EXAMPLESxTOKENS, such as 20x400");

    private static int Number(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new InputException($"{name} {text}: expected a whole number above 0");
}
