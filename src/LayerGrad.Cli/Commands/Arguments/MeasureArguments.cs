using System.CommandLine;
using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tokenizers;

namespace LayerGrad.Cli.Commands;

/// <summary>The options of <c>measure</c>, shared with the commands that measure on their way.</summary>
internal sealed class MeasureArguments
{
    private readonly Option<string> _model = new("--model", "-m") { Description = "Model: a Hugging Face folder, ORG/NAME on the hub, or FILE.gguf. Quantised ones (FP8, GPTQ, AWQ, bitsandbytes, compressed-tensors, ModelOpt, MXFP4) are measured dequantised.", HelpName = "MODEL", Required = true };
    private readonly Option<string?> _adapter = CommonOptions.Adapter();
    private readonly Option<string> _data = new("--data", "-d") { Description = $"Dataset: {DataArguments.Kinds}. The records' form (instruction and output, prompt and completion, messages, ShareGPT, question and answer, problem and solution, token ids) is told by their fields; docs/data.md shows each.", HelpName = "DATA", Required = true };
    private readonly DataArguments _fields = new();
    private readonly Option<string> _out;
    private readonly Option<bool> _chat = new("--chat") { Description = "Put the instruction through the model's chat template." };
    private readonly TemplateOptions _template = new();
    private readonly Option<string?> _turns = new("--turns") { Description = "Of a conversation, which turns of the assistant count: the last, or all (where the chat template has generation blocks, what these hold).", HelpName = "last|all" };
    private readonly Option<string?> _thinking = new("--mask-thinking") { Description = "Of a response with <think>…</think>: keep counts thinking and answer, only the thinking alone, drop the answer alone.", HelpName = "keep|only|drop" };
    private readonly Option<int> _maxLength = new("--max-length") { Description = "Cut an example after so many tokens.", HelpName = "N", DefaultValueFactory = _ => 1024 };
    private readonly Option<string> _protocol = new("--protocol") { Description = "paper: exactly as the original script; strict: with its quirks mended.", HelpName = "paper|strict", DefaultValueFactory = _ => "paper" };
    private readonly Option<int?> _limit = new("--limit", "-n") { Description = "At most so many examples; 'measure' goes on with the same run where it is larger later.", HelpName = "N" };
    private readonly Option<string?> _range = new("--range") { Description = "The examples from A up to, not including, B; 'measure' goes on with the same run where B is larger later.", HelpName = "A:B" };
    private readonly Option<string?> _shard = new("--shard") { Description = "Part I, from 0, of N parts of the run; 'layergrad merge' joins them.", HelpName = "I/N" };
    private readonly Option<string?> _weights = new("--weights") { Description = "Which weights: mixer (or attention), mlp, all, adapter (the A and B of --adapter), or names with commas between them.", HelpName = "NAMES" };
    private readonly Option<bool> _splitFused = new("--split-fused") { Description = "Measure the parts of fused weights, such as q, k and v of qkv_proj, beside the whole." };
    private readonly Option<string?> _statistics = new("--statistics") { Description = $"Statistics beside those of every run: {StatisticSelection.Choices}, with commas between them, or all.", HelpName = "NAMES" };
    private readonly Option<bool> _spectra = new("--spectra") { Description = "Write all singular values." };
    private readonly Option<bool> _tokens = new("--tokens") { Description = "Write each token's share of each gradient to RUN.tokens.jsonl." };
    private readonly Option<bool> _cosine = new("--cosine") { Description = "Write the cosines between the gradients of the layers." };
    private readonly Option<bool> _noise = new("--noise") { Description = "Write the inner products between the gradients of up to 512 examples to RUN.noise.json, for the gradient noise scale." };
    private readonly Option<string?> _tokenizer = CommonOptions.Tokenizer();
    private readonly Option<TokenizerRules> _rules = CommonOptions.TokenizerRules();
    private readonly Option<DateOnly?> _date = CommonOptions.Date();
    private readonly Option<string> _device = CommonOptions.Device();
    private readonly Option<string?> _devices = new("--devices") { Description = "Several devices of one kind that share the run's windows, such as cuda:0,cuda:1, in place of --device.", HelpName = "NAMES" };
    private readonly Option<string> _precision = CommonOptions.Precision();
    private readonly Option<long?> _memory = CommonOptions.Memory();
    private readonly Option<long?> _hostMemory = CommonOptions.HostMemory();
    private readonly Option<int?> _threads = new("--threads") { Description = "Processor threads; all by default.", HelpName = "N" };

    /// <summary>The options of a run.</summary>
    public MeasureArguments()
        : this("RUN.jsonl", "Where to write: RUN.jsonl, with RUN.meta.json and RUN.skipped.jsonl beside it.")
    {
    }

    /// <summary>The options of a command that writes something else.</summary>
    /// <param name="output">What <c>--out</c> is called in the help.</param>
    /// <param name="description">What it is for.</param>
    public MeasureArguments(string output, string description) =>
        _out = new("--out", "-o") { Description = description, HelpName = output, Required = true };

    /// <summary>The options of a command that tells of a run and makes none: it names model and data in its own way.</summary>
    /// <param name="limit">What <c>--limit</c> is for.</param>
    public static MeasureArguments ForForecast(string limit)
    {
        var arguments = new MeasureArguments();
        arguments._limit.Description = limit;
        arguments._range.Description = "The examples from A up to, not including, B.";
        return arguments;
    }

    /// <summary>Adds the options that say what is measured of a dataset and on what, but not which model and which data.</summary>
    public void AddChoicesTo(Command command)
    {
        foreach (var option in (Option[])[_adapter, .. _fields.All, _chat, .. _template.All, .. Masks, _maxLength, _protocol, _limit, _range, .. Measured, .. Machine, _devices])
            command.Add(option);
    }

    /// <summary>Adds the options to a command, in the order in which its help lists them.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[.. Inputs, .. Masks, _shard, .. Measured, .. Machine, _devices])
            command.Add(option);
    }

    /// <summary>Adds those options that do not belong to the lines of a run.</summary>
    public void AddSharedTo(Command command)
    {
        foreach (var option in (Option[])[.. Inputs, .. Masks, _weights, _splitFused, .. Machine])
            command.Add(option);
    }

    /// <summary>Adds those options that say what is read and on what it is computed, but not what of a gradient is measured.</summary>
    public void AddInputsTo(Command command)
    {
        foreach (var option in (Option[])[.. Inputs, .. Machine])
            command.Add(option);
    }

    private Option[] Inputs => [_model, _adapter, _data, .. _fields.All, _out, _chat, .. _template.All, _maxLength, _protocol, _limit, _range];

    private Option[] Masks => [_turns, _thinking];

    private Option[] Measured => [_weights, _splitFused, _statistics, _spectra, _tokens, _cosine, _noise];

    private Option[] Machine => [_tokenizer, _rules, _date, _device, _precision, _memory, _hostMemory, _threads];

    /// <summary>What the user asked for.</summary>
    /// <exception cref="InputException">The value of an option is not of its form.</exception>
    public MeasureRunOptions Read(ParseResult result) => Read(result, result.GetRequiredValue(_model), result.GetRequiredValue(_data), result.GetRequiredValue(_out));

    /// <summary>What the user asked for, of a command that names these three in its own way.</summary>
    /// <exception cref="InputException">The value of an option is not of its form.</exception>
    public MeasureRunOptions Read(ParseResult result, string model, string data, string output) => new()
    {
        Model = model,
        Adapter = result.GetValue(_adapter),
        Data = data,
        Fields = _fields.Fields(result),
        Out = output,
        Measurement = new()
        {
            Chat = result.GetValue(_chat),
            Template = _template.Read(result),
            Date = result.GetValue(_date),
            TokenizerRules = result.GetValue(_rules),
            Turns = result.GetValue(_turns) is { } turns ? LossMasks.ParseTurns(turns) : AssistantTurns.Last,
            Thinking = result.GetValue(_thinking) is { } thinking ? LossMasks.ParseThinking(thinking) : ThinkingMask.Keep,
            MaxLength = result.GetValue(_maxLength),
            Protocol = Protocols.Parse(result.GetValue(_protocol)!),
            Weights = result.GetValue(_weights),
            SplitFused = result.GetValue(_splitFused),
            Statistics = StatisticSelection.Normalized(result.GetValue(_statistics)),
            Spectra = result.GetValue(_spectra),
            Tokens = result.GetValue(_tokens),
            Cosine = result.GetValue(_cosine),
            Noise = result.GetValue(_noise),
            Precision = Precisions.Parse(result.GetValue(_precision)!),
        },
        Limit = result.GetValue(_limit),
        Range = result.GetValue(_range) is { } range ? ExampleRange.Parse(range) : null,
        Shard = result.GetValue(_shard) is { } shard ? Shard.Parse(shard) : null,
        Tokenizer = result.GetValue(_tokenizer),
        Device = DevicesOf(result) is { } devices && result.GetResult(_device) is not { Implicit: false } ? devices[0] : result.GetValue(_device)!,
        Devices = DevicesOf(result),
        Memory = result.GetValue(_memory),
        HostMemory = result.GetValue(_hostMemory),
        Threads = result.GetValue(_threads),
    };

    private string[]? DevicesOf(ParseResult result) => result.GetValue(_devices) is { } names
        ? names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } devices
            ? devices
            : throw new InputException($"--devices {names}: name at least one device.")
        : null;
}
