using System.CommandLine;
using System.Globalization;
using LayerGrad.Checkpoints;
using LayerGrad.Cli.Progress;
using LayerGrad.Measuring;
using LayerGrad.Training;
using LayerGrad.Tokenizers;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad train</c>: trains a model, and measures probes on the way.</summary>
internal static class TrainCommand
{
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "Model to start from: a Hugging Face folder, or ORG/NAME on the hub.", HelpName = "MODEL" };
    private static readonly Option<string?> Init = new("--init") { Description = "Start from random weights for this config.json.", HelpName = "CONFIG.json" };
    private static readonly Option<string?> TokenizerFolder = new("--tokenizer") { Description = "Folder of the tokenizer; the model's own by default.", HelpName = "DIR" };
    private static readonly Option<string[]> Data = new("--data", "-d") { Description = "Datasets to train on: JSON arrays, or JSON Lines.", HelpName = "FILE", Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Out = new("--out", "-o") { Description = "Folder of the trained model, its losses and its probes' runs.", HelpName = "DIR", Required = true };
    private static readonly Option<int> Steps = new("--steps") { Description = "Steps of the optimiser.", HelpName = "N", DefaultValueFactory = _ => 200 };
    private static readonly Option<int> Batch = new("--batch") { Description = "Examples of a step.", HelpName = "N", DefaultValueFactory = _ => 8 };
    private static readonly Option<string> Optimizer = new("--optimizer") { Description = "adamw or sgd, as PyTorch defines them.", HelpName = "adamw|sgd", DefaultValueFactory = _ => "adamw" };
    private static readonly Option<double> Rate = Number("--lr", "Highest learning rate.", 1e-3);
    private static readonly Option<string> Schedule = new("--schedule") { Description = "How the learning rate goes on after the warm-up.", HelpName = "constant|cosine", DefaultValueFactory = _ => "constant" };
    private static readonly Option<int> Warmup = new("--warmup") { Description = "Steps over which the learning rate rises.", HelpName = "N" };
    private static readonly Option<double> Decay = Number("--weight-decay", "Weight decay on every trained parameter.", 0);
    private static readonly Option<double> Beta1 = Number("--beta1", "AdamW's decay of the first moment.", 0.9);
    private static readonly Option<double> Beta2 = Number("--beta2", "AdamW's decay of the second moment.", 0.999);
    private static readonly Option<double> Epsilon = Number("--epsilon", "AdamW's epsilon.", 1e-8);
    private static readonly Option<double> Momentum = Number("--momentum", "SGD's momentum.", 0);
    private static readonly Option<double?> Clip = new("--clip") { Description = "Shorten gradients that are longer than this.", HelpName = "X" };
    private static readonly Option<string> Train = new("--train") { Description = "What is trained: all, attention, or 'layers A-B'.", HelpName = "WHAT", DefaultValueFactory = _ => "all" };
    private static readonly Option<string> Loss = new("--loss") { Description = "Tokens whose loss counts: those of the response, or all.", HelpName = "response|all", DefaultValueFactory = _ => "response" };
    private static readonly Option<bool> AppendEos = new("--append-eos") { Description = "End each example with the end-of-text token, so that the model learns where to stop." };
    private static readonly Option<bool> Chat = new("--chat") { Description = "Put the instruction through the model's chat template." };
    private static readonly TemplateOptions Template = new();
    private static readonly Option<TokenizerRules> Rules = CommonOptions.TokenizerRules();
    private static readonly Option<DateOnly?> Date = CommonOptions.Date();
    private static readonly Option<int> MaxLength = new("--max-length") { Description = "Cut an example after so many tokens.", HelpName = "N", DefaultValueFactory = _ => 1024 };
    private static readonly Option<string> Protocol = new("--protocol") { Description = "How text becomes tokens, as in 'measure'.", HelpName = "paper|strict", DefaultValueFactory = _ => "paper" };
    private static readonly Option<string[]> Probe = new("--probe") { Description = "Datasets that are measured on the way, into DIR/probes.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int> Every = new("--every") { Description = "Steps between measurements of the probes.", HelpName = "K", DefaultValueFactory = _ => 50 };
    private static readonly Option<int> SaveEvery = new("--save-every") { Description = "Steps between checkpoints.", HelpName = "N", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of the examples' order and of random weights.", HelpName = "S" };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on with the training in --out." };
    private static readonly Option<string> Precision = new("--precision") { Description = "In which numbers to compute.", HelpName = "fp32|fp64", DefaultValueFactory = _ => "fp32" };
    private static readonly Option<string> Store = new("--store") { Description = "In which numbers the trained model is stored.", HelpName = "fp32|bf16|fp64", DefaultValueFactory = _ => "fp32" };
    private static readonly Option<string?> Memory = new("--memory") { Description = "Memory that the training may use, such as 6GiB; 70 % of what is free by default.", HelpName = "SIZE" };
    private static readonly Option<int?> Threads = new("--threads") { Description = "Processor threads; all by default.", HelpName = "N" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Print nothing but errors." };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "train",
            "Train a model on datasets, and measure other datasets on the way.\n\n"
            + "Example: layergrad train --model demo/model --data detailed.json --out runs/detailed --steps 200 --probe none.json --every 50\n\n"
            + "A training that was interrupted goes on when the same command is given again with --resume.")
        {
            Model, Init, TokenizerFolder, Rules, Data, Out, Steps, Batch, Optimizer, Rate, Schedule, Warmup, Decay, Beta1, Beta2, Epsilon, Momentum, Clip, Train, Loss,
            AppendEos, Chat, Date, MaxLength, Protocol, Probe, Every, SaveEvery, Seed, Resume, Precision, Store, Memory, Threads, Quiet,
        };
        foreach (var option in Template.All)
            command.Add(option);
        command.SetAction(result => Run(Read(result), result.GetValue(Quiet)));
        return command;
    }

    private static Option<double> Number(string name, string description, double value) => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => value };

    private static TrainingOptions Read(ParseResult result) => new()
    {
        Model = result.GetValue(Model),
        Init = result.GetValue(Init),
        Tokenizer = result.GetValue(TokenizerFolder),
        TokenizerRules = result.GetValue(Rules),
        Data = result.GetRequiredValue(Data),
        Out = result.GetRequiredValue(Out),
        Steps = result.GetValue(Steps),
        Batch = result.GetValue(Batch),
        Optimizer = new OptimizerOptions
        {
            Name = result.GetValue(Optimizer)!,
            LearningRate = result.GetValue(Rate),
            WeightDecay = result.GetValue(Decay),
            Beta1 = result.GetValue(Beta1),
            Beta2 = result.GetValue(Beta2),
            Epsilon = result.GetValue(Epsilon),
            Momentum = result.GetValue(Momentum),
        },
        Schedule = result.GetValue(Schedule)!,
        Warmup = result.GetValue(Warmup),
        Clip = result.GetValue(Clip),
        Train = result.GetValue(Train)!,
        Loss = result.GetValue(Loss)!,
        AppendEos = result.GetValue(AppendEos),
        Chat = result.GetValue(Chat),
        Template = Template.Read(result),
        Date = result.GetValue(Date) ?? DateOnly.FromDateTime(DateTime.Today),
        MaxLength = result.GetValue(MaxLength),
        Protocol = MeasureArguments.ParseProtocol(result.GetValue(Protocol)!),
        Probes = result.GetValue(Probe) ?? [],
        ProbeEvery = result.GetValue(Every),
        SaveEvery = result.GetValue(SaveEvery),
        Seed = result.GetValue(Seed),
        Resume = result.GetValue(Resume),
        Precision = Precisions.Parse(result.GetValue(Precision)!),
        Store = ParseStore(result.GetValue(Store)!),
        Memory = result.GetValue(Memory) is { } memory ? ByteSize.Parse(memory) : null,
        Threads = result.GetValue(Threads),
    };

    private static StoredPrecision ParseStore(string text) => text switch
    {
        "fp32" => StoredPrecision.Float32,
        "bf16" => StoredPrecision.BFloat16,
        "fp64" => StoredPrecision.Float64,
        _ => throw new InputException($"--store {text}: there are fp32, bf16 and fp64."),
    };

    private static int Run(TrainingOptions options, bool quiet)
    {
        using var interruption = new Interruption();
        try
        {
            var located = options.Model is { } model ? options with { ModelFiles = Models.Locate(model, quiet, cancel: interruption.Token) } : options;
            if (!quiet)
                TemplateOptions.NoteUnread(located.Template, located.Chat, located.Tokenizer ?? located.ModelFiles ?? located.Model ?? "");
            var summary = TrainingDisplay.Show(quiet, shown => TrainingRun.Execute(located, shown, interruption.Token));
            if (!quiet)
                Console.Error.WriteLine(Describe(summary));
            return CommandLine.Done;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("layergrad: interrupted; give the same command with --resume to go on from there.");
            return CommandLine.Interrupted;
        }
    }

    private static string Describe(TrainingSummary summary) => summary.StepsNow == 0
        ? $"nothing to do: {summary.Folder} has its {Wording.Of(summary.Steps, "step")}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"trained {Wording.Of(summary.StepsNow, "step")} in {Wording.Time(summary.Elapsed)} ({Wording.Speed(summary.TokensNow / summary.Elapsed.TotalSeconds)} tokens/s), last loss {summary.Loss:0.0000}; wrote {summary.Folder}");
}
