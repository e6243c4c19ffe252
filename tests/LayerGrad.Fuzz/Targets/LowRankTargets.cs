using System.Globalization;
using System.Text;
using LayerGrad.Fuzz.Mutations;
using LayerGrad.Fuzz.Workers;
using LayerGrad.Models;

namespace LayerGrad.Fuzz.Targets;

/// <summary>Adapters as PEFT writes them, on the demonstration's model.</summary>
internal static class LowRankTargets
{
    private const string Module = "model.layers.0.self_attn.q_proj";
    private const int Width = 128;
    private const int Rank = 2;

    private static readonly JsonMutation s_config = new(
        "LORA", "q_proj", "all-linear", Module, @".*\.q_proj", "(a|aa)+$", "(", "layers", "r", "lora_alpha", "target_modules", "exclude_modules", "modules_to_save", "rank_pattern", "alpha_pattern",
        "layers_to_transform", "layers_pattern", "use_dora", "use_rslora", "fan_in_fan_out", "bias", "all", "lora_only", "peft_type");

    /// <summary>The targets.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FileTarget("adapter", "adapter_config.json", static () => [Config("[\"q_proj\"]"), Config("\".*\\\\.layers\\\\.0\\\\.self_attn\\\\.q_proj\"")], s_config.Mutate, Read,
            static folder => File.WriteAllBytes(Path.Combine(folder, "adapter_model.safetensors"), Weights())),
        new FileTarget("adapter-weights", "adapter_model.safetensors", static () => [Weights()], CheckpointTargets.MutateSafetensors, Read,
            static folder => File.WriteAllBytes(Path.Combine(folder, "adapter_config.json"), Config("[\"q_proj\"]"))),
    ];

    private static byte[] Config(string targets) => Encoding.UTF8.GetBytes($$"""
        {"peft_type":"LORA","task_type":"CAUSAL_LM","base_model_name_or_path":"demo","r":{{Rank}},"lora_alpha":4,"lora_dropout":0.0,"target_modules":{{targets}},"exclude_modules":null,
        "modules_to_save":null,"rank_pattern":{},"alpha_pattern":{"layers\\.0\\.self_attn\\.q_proj":3},"layers_to_transform":[0],"layers_pattern":null,"bias":"none","fan_in_fan_out":false,
        "use_rslora":false,"use_dora":false,"init_lora_weights":true,"inference_mode":true}
        """);

    private static byte[] Weights()
    {
        const int Bytes = Rank * Width * sizeof(float);
        var header = "{\"__metadata__\":{\"format\":\"pt\"}," + Tensor("lora_A", Rank, Width, 0) + "," + Tensor("lora_B", Width, Rank, Bytes) + "}";
        return CheckpointTargets.WithHeader(Encoding.UTF8.GetBytes(header), new byte[2 * Bytes]);
    }

    private static string Tensor(string part, int rows, int columns, int begin) => string.Create(
        CultureInfo.InvariantCulture, $"\"base_model.model.{Module}.{part}.weight\":{{\"dtype\":\"F32\",\"shape\":[{rows},{columns}],\"data_offsets\":[{begin},{begin + (rows * columns * sizeof(float))}]}}");

    private static Verdict Read(string path)
    {
        using var model = ModelLoader.OpenAdapted(Path.Combine(Repository.Root, "demo", "model"), AdapterName.Of(Path.GetDirectoryName(path)!));
        _ = model.AdapterSummary;
        _ = model.Specification;
        var row = new float[Width];
        foreach (var tensor in model.Checkpoint.Tensors.Values.Where(static tensor => tensor.Shape.Length == 2))
            model.Checkpoint.Read(tensor.Name, 0, row);
        return Verdict.Read;
    }
}
