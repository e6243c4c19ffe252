using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tokenizers;

namespace LayerGrad.Training;

/// <summary><c>training.json</c>: what a training depends on. It goes on only under the same.</summary>
internal static class TrainingRecord
{
    private const string TokenBudget = "token budget";
    private const string Data = "--data";
    private const string Probe = "--probe";
    private const string RulesOption = "--tokenizer-rules";

    private static readonly JsonWriterOptions s_layout = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What the options ask for; keys are the options' names.</summary>
    public static JsonObject Of(TrainingOptions options, TrainingInputs inputs) => new()
    {
        ["--model"] = inputs.Checkpoint?.Hash(),
        ["--adapter"] = inputs.Model?.Adapter?.Hash(),
        ["--lora"] = options.Lora?.ToString(),
        ["--init"] = options.Init is { } config ? FileIdentity.Of(config) : null,
        ["--tokenizer"] = FileIdentity.Of(Path.Combine(inputs.TokenizerFolder, "tokenizer.json")),
        [RulesOption] = TokenizerRulesName.Of(options.Measurement.TokenizerRules),
        [Data] = Identities(inputs.Data),
        ["--steps"] = options.Steps,
        ["--batch"] = options.Batch,
        ["--optimizer"] = options.Optimizer.Name,
        ["--lr"] = options.Optimizer.LearningRate,
        ["--beta1"] = options.Optimizer.Beta1,
        ["--beta2"] = options.Optimizer.Beta2,
        ["--epsilon"] = options.Optimizer.Epsilon,
        ["--weight-decay"] = options.Optimizer.WeightDecay,
        ["--momentum"] = options.Optimizer.Momentum,
        ["--schedule"] = options.Schedule,
        ["--warmup"] = options.Warmup,
        ["--clip"] = options.Clip,
        ["--train"] = options.Train,
        ["--loss"] = options.Loss,
        ["--append-eos"] = options.AppendEos,
        ["--chat"] = options.Measurement.Chat,
        ["--template-arg"] = options.Measurement.Template.Json,
        ["--tools"] = options.Measurement.Template.ToolsJson,
        ["--max-length"] = options.Measurement.MaxLength,
        ["--protocol"] = options.Measurement.Protocol.NameOf(),
        [Probe] = Identities(inputs.Probes.Select(static probe => probe.Data)),
        ["--noise"] = options.Measurement.Noise ? true : null, // as older records do not say
        ["--every"] = options.ProbeEvery,
        ["--seed"] = options.Seed,
        ["--precision"] = options.Measurement.Precision.NameOf(),
    };

    /// <summary>Reads the record of a training that was begun.</summary>
    /// <returns>Null where none was.</returns>
    public static JsonObject? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            var file = ForeignJson.ReadObject(path);
            file.OptionalInt(TokenBudget, least: 1);
            var record = file.ToNode()!.AsObject();
            record[RulesOption] ??= TokenizerRulesName.All[0]; // older records do not say
            return record;
        }
        catch (InputException error)
        {
            throw new InputException($"{error.Message}; it is not the record of a training: name another --out", error);
        }
    }

    /// <summary>Checks that a training goes on as it was begun.</summary>
    /// <param name="path">Where the record stands.</param>
    /// <param name="recorded">What stands in it.</param>
    /// <param name="asked">What is asked for now.</param>
    /// <exception cref="InputException">Something differs.</exception>
    public static void RequireSame(string path, JsonObject recorded, JsonObject asked)
    {
        foreach (var (option, value) in asked)
        {
            if (!JsonNode.DeepEquals(value, recorded[option]))
            {
                throw new InputException(
                    $"{path}: this training was begun under other options: {option} was {Text(recorded[option])} and is now {Text(value)}; give the same options to go on, or name another --out");
            }
        }
    }

    /// <summary>The tokens of a pass, on which the last bits of a gradient depend.</summary>
    public static int? TokenBudgetOf(JsonObject? recorded) => recorded?[TokenBudget]?.GetValue<int>();

    /// <summary>Writes the record.</summary>
    public static void Write(string path, JsonObject record, int tokenBudget)
    {
        record[TokenBudget] = tokenBudget;
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, s_layout))
            record.WriteTo(writer);
        bytes.WriteByte((byte)'\n');
        WholeFile.Write(path, bytes.ToArray());
    }

    /// <summary>Puts the identities that an older version recorded, those of files, in the place of those of the same datasets' records.</summary>
    /// <param name="asked">What is asked for now; changed.</param>
    /// <param name="recorded">What stands in the record.</param>
    /// <param name="inputs">The datasets.</param>
    public static void KeepIdentities(JsonObject asked, JsonObject recorded, TrainingInputs inputs)
    {
        foreach (var (option, datasets) in ((string, IEnumerable<LoadedDataset>)[])[(Data, inputs.Data), (Probe, inputs.Probes.Select(static probe => probe.Data))])
        {
            if (recorded[option] is JsonArray before && before.Count == datasets.Count()
                && before.Zip(datasets).All(static pair => pair.First?.GetValue<string>() is { } hash && pair.Second.Source.IsRecordedAs(hash, pair.Second.Identity)))
                asked[option] = before.DeepClone();
        }
    }

    private static JsonArray Identities(IEnumerable<LoadedDataset> datasets) => [.. datasets.Select(static data => (JsonNode)data.Identity)];

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "not given";
}
