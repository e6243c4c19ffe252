using System.Globalization;

namespace LayerGrad.Bench.Headline;

/// <summary>The options of <c>bench/headline</c>.</summary>
internal sealed class HeadlineOptions
{
    /// <summary>What the options mean.</summary>
    public const string Help = """
        bench/headline: measures the tables of docs/performance.md against libtorch (some minutes on an idle machine)

          --shapes LIST        of smollm2, qwen2, llama3, olmoe, qwen3_5, gpt_oss (default smollm2,qwen2; no baselines for the last three)
          --tokens LIST        lengths of examples (default 80,150,400,1000)
          --layers N           layers of each shape, and as much of its vocabulary (default 10 of SmolLM2, 4 of Qwen2 and Qwen3.5, 2 of the others; 'all')
          --loop-llama         the plain loop for llama3 too (a quarter of an hour)
          --stream-layers N    layers of the checkpoint on disk for the memory table (default 4, 32 is all of Llama-3.1-8B and 16 GB; 0 leaves it out)
          --scratch FOLDER     where that checkpoint is written (default the system's)
          --threads N          threads of every side, and processors that all of them are bound to (default all)
          --rounds N           how often the sides take turns (default 5)
          --processor-time     times and ratios in processor time, for a machine on which other programs run
          --phases             how our time divides, and the bars with what is met
          --quick              no tables beyond those of the shapes
        """;

    /// <summary>Reads them.</summary>
    /// <exception cref="ArgumentException">An option is unknown.</exception>
    public HeadlineOptions(ReadOnlySpan<string> arguments)
    {
        var (shapes, layers) = ("smollm2,qwen2", (string?)null);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    Quick = true;
                    break;
                case "--processor-time":
                    ByProcessor = true;
                    break;
                case "--phases":
                    Phases = true;
                    break;
                case "--loop-llama":
                    _loopLlama = true;
                    break;
                case "--shapes":
                    shapes = arguments[++i];
                    break;
                case "--tokens":
                    Tokens = [.. arguments[++i].Split(',').Select(Number)];
                    break;
                case "--layers":
                    layers = arguments[++i];
                    break;
                case "--threads":
                    Threads = Number(arguments[++i]);
                    break;
                case "--rounds":
                    Rounds = Number(arguments[++i]);
                    break;
                case "--stream-layers":
                    StreamLayers = Number(arguments[++i]);
                    break;
                case "--scratch":
                    Scratch = arguments[++i];
                    break;
                default:
                    throw new ArgumentException($"unknown option {arguments[i]}\n{Help}", nameof(arguments));
            }
        }

        Shapes = [.. shapes.Split(',').Select(name => (name, ModelShape.All[name].WithLayers(Layers(name, layers))))];
    }

    private readonly bool _loopLlama;

    /// <summary>The shapes.</summary>
    public IReadOnlyList<(string Name, ModelShape Shape)> Shapes { get; }

    /// <summary>Lengths of examples.</summary>
    public IReadOnlyList<int> Tokens { get; } = [80, 150, 400, 1000];

    /// <summary>Threads of all sides.</summary>
    public int Threads { get; } = Environment.ProcessorCount;

    /// <summary>Layers of the checkpoint on disk; 0 for no such table.</summary>
    public int StreamLayers { get; } = 4;

    /// <summary>Where the checkpoint on disk goes.</summary>
    public string Scratch { get; } = Path.GetTempPath();

    /// <summary>How often the sides take turns.</summary>
    public int Rounds { get; } = 5;

    /// <summary>Whether times are processor time over the number of threads.</summary>
    public bool ByProcessor { get; }

    /// <summary>No tables but those of the shapes.</summary>
    public bool Quick { get; }

    /// <summary>Whether the division of our time is printed.</summary>
    public bool Phases { get; }

    /// <summary>The baselines, which <c>bench/headline</c> builds beside this.</summary>
    public string Baselines { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "LayerGrad.Bench.LibTorch", "bin", "Release", "net10.0", "LayerGrad.Bench.LibTorch.dll"));

    /// <summary>Whether the plain loop runs for a shape.</summary>
    public bool Loop(string shape) => HasBaselines(shape) && (shape != "llama3" || _loopLlama);

    /// <summary>Whether the baselines have the shape's family.</summary>
    public static bool HasBaselines(string shape) => shape is not ("olmoe" or "qwen3_5" or "gpt_oss");

    private static int Layers(string shape, string? layers) => layers switch
    {
        "all" => int.MaxValue,
        not null => Number(layers),
        _ => shape switch { "smollm2" => 10, "qwen2" or "qwen3_5" => 4, _ => 2 },
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
