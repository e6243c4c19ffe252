using System.Text.Json;
using LayerGrad.Checkpoints.Gguf;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

public sealed class BlockFormatTests
{
    [SharedFact]
    public void Every_block_of_every_type_has_exactly_the_reference_values()
    {
        var seen = new Dictionary<string, int>();
        foreach (var line in File.ReadLines(Shared.Path("reference", "gguf_blocks.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var sample = document.RootElement;
            var type = sample.GetProperty("type").GetString()!;
            var expected = sample.GetProperty("values").EnumerateArray().Select(static value => (float)value.GetDouble()).ToArray();

            var format = GgufTensorTypes.Find(sample.GetProperty("type_id").GetUInt32()).ShouldNotBeNull(type);
            format.Name.ShouldBe(type);
            var bytes = Convert.FromHexString(sample.GetProperty("bytes").GetString()!);
            (bytes.Length / format.BlockBytes * format.BlockElements).ShouldBe(expected.Length, type);
            var actual = new float[expected.Length];
            format.Decode(bytes, actual);
            actual.ShouldBe(expected, type);
            seen[type] = seen.GetValueOrDefault(type) + 1;
        }
        seen.Keys.ShouldBe(["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"], ignoreOrder: true);
    }
}
