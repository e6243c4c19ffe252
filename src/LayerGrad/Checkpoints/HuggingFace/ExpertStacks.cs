namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// The tensors of a checkpoint that stand for the experts of a layer, all in one: what they are called, and what the weights of single experts are
/// called (transformers <c>conversion_mapping.py</c>).
/// </summary>
internal static class ExpertStacks
{
    /// <summary>A pair of tensors: gate and up, one behind the other, and down.</summary>
    /// <param name="GateUp">How the name of the first ends.</param>
    /// <param name="Down">How the name of the second ends.</param>
    /// <param name="Gate">How the name of an expert's gate ends.</param>
    /// <param name="Up">How that of its up projection ends.</param>
    /// <param name="SingleDown">How that of its down projection ends.</param>
    private sealed record Pair(string GateUp, string Down, string Gate, string Up, string SingleDown);

    /// <summary>What the name of a stack of biases ends with.</summary>
    private const string Bias = "_bias";

    private static readonly Pair[] s_pairs =
    [
        new(".experts.gate_up_proj", ".experts.down_proj", ".experts.{e}.gate_proj.weight", ".experts.{e}.up_proj.weight", ".experts.{e}.down_proj.weight"),
        new(".input_linear.weight", ".output_linear.weight", ".experts.{e}.gate_proj.weight", ".experts.{e}.up_proj.weight", ".experts.{e}.down_proj.weight"),
    ];

    /// <summary>Mixtral and its kin call single experts as they were published, whatever their stacks are called.</summary>
    private static readonly Pair[] s_numbered =
    [
        new(".mlp.experts.gate_up_proj", ".mlp.experts.down_proj",
            ".block_sparse_moe.experts.{e}.w1.weight", ".block_sparse_moe.experts.{e}.w3.weight", ".block_sparse_moe.experts.{e}.w2.weight"),
        new(".experts.gate_up_proj", ".experts.down_proj", ".experts.{e}.w1.weight", ".experts.{e}.w3.weight", ".experts.{e}.w2.weight"),
    ];

    /// <summary>gpt-oss keeps an expert's gate and up as one weight, whose outputs alternate, and has biases.</summary>
    private static readonly Pair s_fused = new(
        ".experts.gate_up_proj", ".experts.down_proj", ".experts.{e}.gate_up_proj.weight", ".experts.{e}.gate_up_proj.weight", ".experts.{e}.down_proj.weight");

    /// <summary>Names that the reference implementation's own classes give to what was published under others.</summary>
    private static readonly (string? ModelType, string End, string Instead)[] s_renamed =
    [
        (null, ".block_sparse_moe.router.layer.weight", ".block_sparse_moe.router.weight"),
        ("mixtral", ".mlp.gate.weight", ".block_sparse_moe.gate.weight"),
        ("minimax_m2", ".mlp.gate.weight", ".block_sparse_moe.gate.weight"),
        ("minimax_m2", ".mlp.e_score_correction_bias", ".block_sparse_moe.e_score_correction_bias"),
        ("ernie4_5_moe", ".mlp.gate.moe_statics.e_score_correction_bias", ".mlp.moe_statics.e_score_correction_bias"),
    ];

    /// <summary>The one name of a router's tensor that has several.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="modelType">The configuration's <c>model_type</c>.</param>
    public static string Renamed(string name, string? modelType)
    {
        foreach (var (of, end, instead) in s_renamed)
        {
            if ((of is null || of == modelType) && name.EndsWith(end, StringComparison.Ordinal))
                return name[..^end.Length] + instead;
        }

        return name;
    }

    /// <summary>The stacks among a checkpoint's tensors.</summary>
    /// <param name="tensors">The tensors by their names.</param>
    /// <param name="modelType">The configuration's <c>model_type</c>.</param>
    public static IEnumerable<ExpertStack> Among(IReadOnlyDictionary<string, TensorInfo> tensors, string? modelType)
    {
        var pairs = modelType switch
        {
            "mixtral" or "minimax_m2" => s_numbered,
            "gpt_oss" => [s_fused],
            _ => s_pairs,
        };
        foreach (var tensor in tensors.Values.Where(static tensor => tensor.Shape.Length == 3))
        {
            if (Array.Find(pairs, pair => tensor.Name.EndsWith(pair.GateUp, StringComparison.Ordinal)) is not { } names)
                continue;
            var prefix = tensor.Name[..^names.GateUp.Length];
            if (!tensors.TryGetValue(prefix + names.Down, out var down) || Transposed(tensor.Shape, down.Shape) is not { } transposed || IsScaled(tensors, tensor) || IsScaled(tensors, down))
                continue;
            string[] inputs = names.Gate == names.Up ? [prefix + names.Gate] : [prefix + names.Gate, prefix + names.Up];
            yield return new ExpertStack(tensor.Name, tensor.Shape, transposed, inputs);
            yield return new ExpertStack(down.Name, down.Shape, transposed, [prefix + names.SingleDown]);
            if (inputs.Length > 1)
                continue;
            foreach (var (bias, weight) in new[] { (prefix + names.GateUp + Bias, inputs[0]), (prefix + names.Down + Bias, prefix + names.SingleDown) })
            {
                if (tensors.TryGetValue(bias, out var biases) && biases.Shape.Length == 2 && biases.Shape[0] == tensor.Shape[0])
                    yield return new ExpertStack(bias, biases.Shape, false, [weight[..^".weight".Length] + ".bias"]);
            }
        }
    }

    /// <summary>
    /// Whether a pair stores inputs before outputs; null where it is no such pair. 2I x H beside H x I, and H x 2I beside I x H: no sizes fit both.
    /// </summary>
    private static bool? Transposed(long[] gateUp, long[] down)
    {
        if (down.Length != 3 || gateUp[0] != down[0] || gateUp[0] is < 1 or > ExpertStack.Most || gateUp[1] < 1 || gateUp[2] < 1)
            return null;
        if (gateUp[2] == down[1] && gateUp[1] == 2 * down[2])
            return false;
        return gateUp[1] == down[2] && gateUp[2] == 2 * down[1] ? true : null;
    }

    /// <summary>Eight-bit floats beside a scale are left as they are, to be refused by their own name.</summary>
    private static bool IsScaled(IReadOnlyDictionary<string, TensorInfo> tensors, TensorInfo tensor) =>
        tensor.DType.StartsWith("F8_", StringComparison.Ordinal) && tensors.Keys.Any(other => other.Length > tensor.Name.Length && other.StartsWith(tensor.Name, StringComparison.Ordinal));
}
