using System.Text.Json;
using System.Text.RegularExpressions;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// Puts the experts of families whose class knows them only all in one back together, so that what is saved can be loaded by transformers. All
/// other families' classes load single experts.
/// </summary>
internal static partial class SavedExperts
{
    private const string GptOss = "gpt_oss";

    private static readonly string[] s_stacked = ["granitemoe", "granitemoeshared", "granitemoehybrid"];

    /// <summary>The tensors of a model as its class saves them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="tensors">The tensors by the names that LayerGrad knows them by.</param>
    public static IEnumerable<WrittenTensor> Of(JsonElement config, IEnumerable<WrittenTensor> tensors)
    {
        if (new JsonValue(config, "config.json", "").OptionalText("model_type") is not { } type)
            return tensors;
        if (type == GptOss)
            return Fused(tensors);
        if (!s_stacked.Contains(type))
            return tensors;
        var experts = tensors.ToLookup(tensor => Expert().Match(tensor.Name) is { Success: true } match ? match.Groups["mixture"].Value : null);
        return experts.SelectMany(mixture => mixture.Key is null ? mixture.Select(Renamed) : Stacked(mixture.Key, mixture));
    }

    /// <summary>gpt-oss: of each linear layer one tensor, experts x inputs x outputs, and one of biases, experts x outputs.</summary>
    private static IEnumerable<WrittenTensor> Fused(IEnumerable<WrittenTensor> tensors)
    {
        var experts = tensors.ToLookup(tensor => FusedExpert().Match(tensor.Name) is { Success: true } match ? match.Result("${mixture}.${linear}${suffix}") : null);
        foreach (var stack in experts)
        {
            if (stack.Key is not { } name)
            {
                foreach (var tensor in stack)
                    yield return tensor;
                continue;
            }

            var isBias = name.EndsWith(".bias", StringComparison.Ordinal);
            var ordered = stack.OrderBy(tensor => int.Parse(FusedExpert().Match(tensor.Name).Groups["number"].ValueSpan))
                .Select(tensor => isBias ? tensor : tensor.Transposed()).ToList();
            var full = isBias ? $"{name[..^".bias".Length]}_bias" : name[..^".weight".Length];
            yield return WrittenTensor.Concatenate(full, [ordered.Count, .. ordered[0].Shape], ordered);
        }
    }

    [GeneratedRegex(@"^(?<mixture>.+\.experts)\.(?<number>\d+)\.(?<linear>gate_up_proj|down_proj)(?<suffix>\.weight|\.bias)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex FusedExpert();

    private static WrittenTensor Renamed(WrittenTensor tensor) => tensor.Name.EndsWith(".block_sparse_moe.router.weight", StringComparison.Ordinal)
        ? WrittenTensor.Concatenate($"{tensor.Name[..^".weight".Length]}.layer.weight", tensor.Shape, [tensor])
        : tensor;

    /// <summary>Gate above up of one expert after the other, and down of one after the other.</summary>
    private static IEnumerable<WrittenTensor> Stacked(string mixture, IEnumerable<WrittenTensor> experts)
    {
        var ordered = experts.Select(tensor => (Tensor: tensor, Match: Expert().Match(tensor.Name)))
            .Select(entry => (entry.Tensor, Kind: entry.Match.Groups["kind"].Value, Number: int.Parse(entry.Match.Groups["number"].ValueSpan)))
            .OrderBy(entry => entry.Number).ThenBy(entry => entry.Kind == "up").ToList();
        var inputs = ordered.Where(entry => entry.Kind != "down").Select(entry => entry.Tensor).ToList();
        var outputs = ordered.Where(entry => entry.Kind == "down").Select(entry => entry.Tensor).ToList();
        yield return WrittenTensor.Concatenate($"{mixture}.input_linear.weight", [outputs.Count, 2 * inputs[0].Shape[0], inputs[0].Shape[1]], inputs);
        yield return WrittenTensor.Concatenate($"{mixture}.output_linear.weight", [outputs.Count, .. outputs[0].Shape], outputs);
    }

    [GeneratedRegex(@"^(?<mixture>.+\.block_sparse_moe)\.experts\.(?<number>\d+)\.(?<kind>gate|up|down)_proj\.weight$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex Expert();
}
