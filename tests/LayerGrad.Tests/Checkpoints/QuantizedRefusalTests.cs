using System.Text;
using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders.Families;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>What of quantised checkpoints is refused, in one line each.</summary>
public sealed class QuantizedRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"quant_method": "hqq"}""", "hqq")]
    [InlineData("""{"quant_method": "aqlm"}""", "aqlm")]
    [InlineData("""{"quant_method": "torchao"}""", "torchao")]
    [InlineData("""{"quant_method": "quanto"}""", "quanto")]
    [InlineData("""{"quant_method": "fbgemm_fp8"}""", "fbgemm_fp8")]
    [InlineData("""{"quant_method": "bitnet"}""", "bitnet")]
    [InlineData("""{"quant_method": "auto-round"}""", "auto-round")]
    [InlineData("""{}""", "quant_method")]
    [InlineData("""{"quant_method": "gptq", "bits": 3}""", "bits is 3")]
    [InlineData("""{"quant_method": "gptq", "bits": 2}""", "bits is 2")]
    [InlineData("""{"quant_method": "gptq"}""", "bits is missing")]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "group_size": 0}""", "group_size is 0")]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "group_size": -2}""", "group_size is -2")]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"}""", "marlin")]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "pack_dtype": "int8"}""", "pack_dtype")]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "dynamic": {"+:.*down.*": {"bits": 3}}}""", "bits is 3")]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "dynamic": {"+:(": {"bits": 4}}}""", "regular expression")]
    [InlineData("""{"quant_method": "awq", "bits": 4, "version": "gemv"}""", "gemv")]
    [InlineData("""{"quant_method": "awq", "bits": 4, "version": "exllama"}""", "exllama")]
    [InlineData("""{"quant_method": "awq", "bits": 4, "zero_point": false}""", "zero_point")]
    [InlineData("""{"quant_method": "fp8", "fmt": "e5m2"}""", "fmt")]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [0, 8]}""", "weight_block_size")]
    [InlineData("""{"quant_method": "modelopt", "quant_algo": "W4A8_AWQ"}""", "W4A8_AWQ")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "marlin-24", "config_groups": {}}""", "marlin-24")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {}}""", "config_groups")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized", "sparsity_config": {"format": "sparse-24-bitmask"}, "config_groups": {}}""", "sparse-24-bitmask")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized", "transform_config": {"config_groups": {"u": {}}}, "config_groups": {}}""", "transform_config")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"g": {"targets": ["Linear"], "weights": {"num_bits": 3, "type": "int"}}}}""", "num_bits is 3")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"g": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "strategy": "token"}}}}""", "token")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"g": {"targets": ["re:("], "weights": {"num_bits": 4}}}}""", "regular expression")]
    [InlineData("3", "an object")]
    public void A_method_or_setting_that_is_not_decoded(string settings, string part)
    {
        using var config = JsonDocument.Parse($$"""{"model_type": "llama", "quantization_config": {{settings}}}""");
        var message = Should.Throw<InputException>(() => DecoderFamilies.Describe(config.RootElement, "config.json")).Message;
        message.ShouldContain(part);
        message.ShouldNotContain("\n");
    }

    /// <summary>Each companion of each quantised tensor is left out, cut, of another type or of huge and odd shapes; whatever comes of it is read, or refused in one line.</summary>
    [SharedTheory]
    [InlineData("awq-gemm-g128")]
    [InlineData("bnb-int8")]
    [InlineData("bnb-nf4")]
    [InlineData("bnb-nf4-double")]
    [InlineData("ct-int4-asym")]
    [InlineData("ct-int8-w8a8")]
    [InlineData("ct-mxfp4")]
    [InlineData("ct-nvfp4")]
    [InlineData("fp8-block")]
    [InlineData("fp8-channel")]
    [InlineData("gptq-g32-act-order")]
    [InlineData("modelopt-nvfp4")]
    public void Hostile_tensors_are_read_or_refused_in_one_line(string format)
    {
        const string Module = "model.layers.0.mlp.down_proj.";
        var folder = Shared.Path("models", "quantised", format);
        var all = RawTensor.ReadAll(folder).Where(tensor => tensor.Name.StartsWith(Module, StringComparison.Ordinal)).ToList();
        all.Count.ShouldBeGreaterThan(1);
        var (random, refused) = (new Random(5), 0);
        foreach (var tensor in all)
        {
            refused += Try(folder, [.. all.Where(other => other != tensor)]);
            foreach (var changed in Changed(tensor, random))
                refused += Try(folder, [.. all.Select(other => other == tensor ? changed : other)]);
        }

        Try(folder, all).ShouldBe(0);
        refused.ShouldBeGreaterThan(all.Count);
    }

    private static IEnumerable<RawTensor> Changed(RawTensor tensor, Random random)
    {
        yield return tensor with { Shape = [.. tensor.Shape, 1, 1] };
        yield return tensor with { Shape = [tensor.Data.Length], DType = "U8" };
        yield return tensor with { Shape = [0], Data = [] };
        yield return tensor with { Shape = [tensor.Data.Length, 0], Data = [] };
        yield return tensor with { Shape = [1, tensor.Data.Length], DType = "I8" };
        if (tensor.Shape is [var rows, var columns] && rows != columns)
            yield return tensor with { Shape = [columns, rows] };
        if (tensor.Shape is [> 1, ..])
            yield return tensor with { Shape = [1, .. tensor.Shape.Skip(1)], Data = tensor.Data[..(int)(tensor.Data.Length / tensor.Shape[0])] };
        var noise = (byte[])tensor.Data.Clone();
        random.NextBytes(noise);
        yield return tensor with { Data = noise };
        if (tensor.Name.Contains("quant_state", StringComparison.Ordinal))
        {
            foreach (var json in (string[])["", "[]", "{}", """{"shape": [-1, 4], "blocksize": 64}""", """{"shape": [268435456, 268435456], "blocksize": 64}""", """{"shape": [128, 256], "blocksize": 0}""", """{"shape": [128, 256], "blocksize": 2147483647}""", """{"shape": 7}"""])
                yield return tensor with { Shape = [json.Length], Data = Encoding.UTF8.GetBytes(json) };
        }
    }

    /// <summary>1 where it is refused, which must be in one line; 0 where it is read.</summary>
    private int Try(string configFrom, IReadOnlyList<RawTensor> tensors)
    {
        SafetensorsBuilder.WriteRaw(_folder.Path, configFrom, [.. tensors.Select(static tensor => (tensor.Name, tensor.Shape, tensor.DType, tensor.Data))]);
        try
        {
            using var checkpoint = Checkpoint.Open(_folder.Path);
            foreach (var tensor in checkpoint.Tensors.Values.Where(static tensor => tensor.IsQuantized))
                checkpoint.Read(tensor.Name, 0, new float[tensor.Elements]);
            return 0;
        }
        catch (InputException error)
        {
            error.Message.ShouldNotContain("\n");
            error.Message.ShouldContain(_folder.Path);
            return 1;
        }
    }
}
