using System.CommandLine;
using System.Globalization;
using LayerGrad.Checkpoints;
using LayerGrad.Cli.Progress;
using LayerGrad.Measuring;
using LayerGrad.Models;
using LayerGrad.Tokenizers;
using LayerGrad.Training;
using LayerGrad.Training.Lora;
using LayerGrad.Training.Optimizers;
using LayerGrad.Compute;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad train</c>: trains a model, and measures probes on the way.</summary>
internal static class TrainCommand
{
    private static readonly Option<string?> s_model = new("--model", "-m") { Description = "Model to start from: a Hugging Face folder, or ORG/NAME on the hub.", HelpName = "MODEL" };
    private static readonly Option<string?> s_adapter = CommonOptions.Adapter();
    private static readonly Option<string?> s_lora = new("--lora") { Description = "Train the A and B of a LoRA adapter alone, and save it as PEFT does: r=8,alpha=16,target=q_proj,v_proj (or target=all-linear).", HelpName = "SETTINGS" };
    private static readonly Option<string?> s_init = new("--init") { Description = "Start from random weights for this config.json.", HelpName = "CONFIG.json" };
    private static readonly Option<string?> s_tokenizerFolder = new("--tokenizer") { Description = "Folder of the tokenizer; the model's own by default.", HelpName = "DIR" };
    private static readonly Option<string[]> s_data = new("--data", "-d") { Description = $"Datasets to train on, each {DataArguments.Kinds}.", HelpName = "DATA", Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly DataArguments s_fields = new();
    private static readonly Option<string> s_out = new("--out", "-o") { Description = "Folder of the trained model, its losses and its probes' runs.", HelpName = "DIR", Required = true };
    private static readonly Option<int> s_steps = new("--steps") { Description = "Steps of the optimiser.", HelpName = "N", DefaultValueFactory = _ => 200 };
    private static readonly Option<int> s_batch = new("--batch") { Description = "Examples of a step.", HelpName = "N", DefaultValueFactory = _ => 8 };
    private static readonly Option<string> s_optimizer = new("--optimizer") { Description = "adamw or sgd, as PyTorch defines them.", HelpName = "adamw|sgd", DefaultValueFactory = _ => "adamw" };
    private static readonly Option<double> s_rate = Number("--lr", "Highest learning rate.", 1e-3);
    private static readonly Option<string> s_schedule = new("--schedule") { Description = "How the learning rate goes on after the warm-up.", HelpName = "constant|cosine", DefaultValueFactory = _ => "constant" };
    private static readonly Option<int> s_warmup = new("--warmup") { Description = "Steps over which the learning rate rises.", HelpName = "N" };
    private static readonly Option<double> s_decay = Number("--weight-decay", "Weight decay on every trained parameter.", 0);
    private static readonly Option<double> s_beta1 = Number("--beta1", "AdamW's decay of the first moment.", 0.9);
    private static readonly Option<double> s_beta2 = Number("--beta2", "AdamW's decay of the second moment.", 0.999);
    private static readonly Option<double> s_epsilon = Number("--epsilon", "AdamW's epsilon.", 1e-8);
    private static readonly Option<double> s_momentum = Number("--momentum", "SGD's momentum.", 0);
    private static readonly Option<double?> s_clip = new("--clip") { Description = "Shorten gradients that are longer than this.", HelpName = "X" };
    private static readonly Option<string> s_train = new("--train") { Description = "What is trained: all, attention, or 'layers A-B'.", HelpName = "WHAT", DefaultValueFactory = _ => "all" };
    private static readonly Option<string> s_loss = new("--loss") { Description = "Tokens whose loss counts: those of the response, or all.", HelpName = "response|all", DefaultValueFactory = _ => "response" };
    private static readonly Option<bool> s_appendEos = new("--append-eos") { Description = "End each example with the end-of-text token, so that the model learns where to stop." };
    private static readonly Option<bool> s_chat = new("--chat") { Description = "Put the instruction through the model's chat template." };
    private static readonly TemplateOptions s_template = new();
    private static readonly Option<TokenizerRules> s_rules = CommonOptions.TokenizerRules();
    private static readonly Option<DateOnly?> s_date = CommonOptions.Date();
    private static readonly Option<int> s_maxLength = new("--max-length") { Description = "Cut an example after so many tokens.", HelpName = "N", DefaultValueFactory = _ => 1024 };
    private static readonly Option<string> s_protocol = new("--protocol") { Description = "How text becomes tokens, as in 'measure'.", HelpName = "paper|strict", DefaultValueFactory = _ => "paper" };
    private static readonly Option<string[]> s_probe = new("--probe") { Description = "Datasets that are measured on the way, into DIR/probes.", HelpName = "DATA", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> s_noise = new("--noise") { Description = "Write the inner products between the gradients of a probe's examples at each measurement, to DIR/probes/NAME.noise.K.json, for the gradient noise scale." };
    private static readonly Option<int> s_every = new("--every") { Description = "Steps between measurements of the probes.", HelpName = "K", DefaultValueFactory = _ => 50 };
    private static readonly Option<int> s_saveEvery = new("--save-every") { Description = "Steps between checkpoints.", HelpName = "N", DefaultValueFactory = _ => 100 };
    private static readonly Option<string?> s_tensorBoard = new("--tensorboard") { Description = "Folder for event files: loss, learning rate and the probes' statistics, for TensorBoard.", HelpName = "DIR" };
    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed of the examples' order and of random weights.", HelpName = "S" };
    private static readonly Option<bool> s_resume = new("--resume") { Description = "Go on with the training in --out." };
    private static readonly Option<string> s_device = CommonOptions.Device();
    private static readonly Option<string> s_precision = CommonOptions.Precision();
    private static readonly Option<string> s_store = new("--store") { Description = "In which numbers the trained model is stored.", HelpName = "fp32|bf16|fp64", DefaultValueFactory = _ => "fp32" };
    private static readonly Option<long?> s_memory = CommonOptions.Memory();
    private static readonly Option<int?> s_threads = new("--threads") { Description = "Processor threads; all by default.", HelpName = "N" };
    private static readonly Option<bool> s_quiet = new("--quiet", "-q") { Description = "Print nothing but errors." };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "train",
            "Train a model on datasets, and measure other datasets on the way.\n\n"
            + "Example: layergrad train --model demo/model --data detailed.json --out runs/detailed --steps 200 --probe none.json --every 50\n\n"
            + "A training that was interrupted goes on when the same command is given again with --resume.")
        {
            s_model, s_adapter, s_init, s_tokenizerFolder, s_rules, s_data, s_out, s_steps, s_batch, s_optimizer, s_rate, s_schedule, s_warmup, s_decay, s_beta1, s_beta2, s_epsilon, s_momentum, s_clip, s_train, s_lora, s_loss,
            s_appendEos, s_chat, s_date, s_maxLength, s_protocol, s_probe, s_noise, s_every, s_saveEvery, s_tensorBoard, s_seed, s_resume, s_device, s_precision, s_store, s_memory, s_threads, s_quiet,
        };
        foreach (var option in (Option[])[.. s_template.All, .. s_fields.All])
            command.Add(option);
        command.SetAction(result => Run(Read(result), result.GetValue(s_quiet)));
        return command;
    }

    private static Option<double> Number(string name, string description, double value) => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => value };

    private static TrainingOptions Read(ParseResult result) => new()
    {
        Model = result.GetValue(s_model),
        Adapter = result.GetValue(s_adapter),
        Lora = result.GetValue(s_lora) is { } lora ? LoraOptions.Parse(lora) : null,
        Init = result.GetValue(s_init),
        Tokenizer = result.GetValue(s_tokenizerFolder),
        Data = result.GetRequiredValue(s_data),
        Fields = s_fields.Fields(result),
        Out = result.GetRequiredValue(s_out),
        Steps = result.GetValue(s_steps),
        Batch = result.GetValue(s_batch),
        Optimizer = new OptimizerOptions
        {
            Name = result.GetValue(s_optimizer)!,
            LearningRate = result.GetValue(s_rate),
            WeightDecay = result.GetValue(s_decay),
            Beta1 = result.GetValue(s_beta1),
            Beta2 = result.GetValue(s_beta2),
            Epsilon = result.GetValue(s_epsilon),
            Momentum = result.GetValue(s_momentum),
        },
        Schedule = result.GetValue(s_schedule)!,
        Warmup = result.GetValue(s_warmup),
        Clip = result.GetValue(s_clip),
        Train = result.GetValue(s_train)!,
        Loss = result.GetValue(s_loss)!,
        AppendEos = result.GetValue(s_appendEos),
        Measurement = new()
        {
            Chat = result.GetValue(s_chat),
            Template = s_template.Read(result),
            Date = result.GetValue(s_date),
            TokenizerRules = result.GetValue(s_rules),
            MaxLength = result.GetValue(s_maxLength),
            Protocol = Protocols.Parse(result.GetValue(s_protocol)!),
            Precision = Precisions.Parse(result.GetValue(s_precision)!),
            Noise = result.GetValue(s_noise),
        },
        Probes = result.GetValue(s_probe) ?? [],
        ProbeEvery = result.GetValue(s_every),
        SaveEvery = result.GetValue(s_saveEvery),
        TensorBoard = result.GetValue(s_tensorBoard),
        Seed = result.GetValue(s_seed),
        Resume = result.GetValue(s_resume),
        Device = result.GetValue(s_device)!,
        Store = ParseStore(result.GetValue(s_store)!),
        Memory = result.GetValue(s_memory),
        Threads = result.GetValue(s_threads),
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
        using var interruption = new Interruption("interrupted; give the same command with --resume to go on from there.");
        try
        {
            var located = options.Model is { } model ? options with { ModelFiles = ModelLoader.Locate(model, DownloadLog.Choose(quiet), cancel: interruption.Token) } : options;
            located = located with
            {
                AdapterFiles = ModelLoader.LocateAdapter(located.Adapter, DownloadLog.Choose(quiet), interruption.Token),
                Sources = [.. located.Data.Select(name => DataArguments.Locate(name, located.Spool, quiet, interruption.Token))],
                ProbeSources = [.. located.Probes.Select(name => DataArguments.Locate(name, located.Spool, quiet, interruption.Token))],
            };
            if (!quiet)
            {
                TemplateOptions.NoteUnread(located.Measurement.Template, located.Measurement.Chat, located.Tokenizer ?? located.ModelFiles ?? located.Model ?? "");
                CommonOptions.NoteDevice(located.Device);
            }

            var summary = TrainingDisplay.Show(quiet, shown => TrainingRun.Execute(located, shown, interruption.Token));
            if (!quiet)
                Terminal.Tell(Describe(summary));
            return CommandLine.Done;
        }
        catch (OperationCanceledException)
        {
            return interruption.Conclude();
        }
    }

    private static string Describe(TrainingSummary summary) => summary.StepsNow == 0
        ? $"nothing to do: {summary.Folder} has its {Wording.Of(summary.Steps, "step")}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"trained {Wording.Of(summary.StepsNow, "step")} in {Wording.Time(summary.Elapsed)} ({Wording.Speed(summary.TokensNow / summary.Elapsed.TotalSeconds)} tokens/s), last loss {summary.Loss:0.0000}; wrote {summary.Folder}");
}
