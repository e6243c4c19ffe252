using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Checkpoints.Gguf;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>
/// The kinds of rotary scaling in GGUF: the file of llama3.1 is written again as llama.cpp's converter writes each kind, and must give the losses
/// that the reference implementation gives under the configuration of that kind.
/// </summary>
public sealed class GgufRopeTests(ITestOutputHelper output) : IDisposable
{
    private const int ContextLength = 4096;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void Every_kind_of_scaling_gives_the_losses_of_its_configuration()
    {
        string[] kinds = ["linear", "yarn", "yarn_full", "yarn_noorig", "longrope", "longrope_af", "longrope_nofactor"];
        var failures = new List<string>();
        foreach (var kind in kinds)
        {
            var (scaling, positions, expected) = Reference(kind);
            using var checkpoint = Checkpoint.Open(Write(scaling, positions));
            var losses = ReferenceLosses.Of(checkpoint, Shared.Path("models", "tiny", "llama3.1"));
            var difference = losses.Zip(expected, static (ours, theirs) => Math.Abs(ours - theirs) / theirs).Max();
            output.WriteLine($"{kind}: {difference:0.0e+0}");
            if (!(difference < 1e-9))
                failures.Add($"{kind}: {string.Join(", ", losses)}, not {string.Join(", ", expected)} ({checkpoint.Config.GetProperty("rope_scaling")})");
        }

        output.WriteLine($"{kinds.Length} kinds, {failures.Count} failures");
        failures.ShouldBeEmpty();
    }

    [SharedTheory]
    [InlineData("yarn", "rope.scaling.yarn_ext_factor", 0.5f, "llama.rope.scaling.yarn_ext_factor' is 0.5")]
    [InlineData("yarn", "rope.scaling.yarn_log_multiplier", 0.1f, "llama.rope.scaling.yarn_log_multiplier' is 0.1")]
    [InlineData("yarn", "rope.scaling.attn_factor", 1.5f, "llama.rope.scaling.attn_factor' is 1.5")]
    [InlineData("dynamic", "rope.scaling.factor", 2f, "'dynamic'")]
    [InlineData("longrope", "rope.scaling.factor", 2f, "rope_factors_long.weight")]
    [InlineData("none", "attention.causal", false, "llama.attention.causal' is false")]
    [InlineData("none", "block_count", 1_000_000_000, "promises 1000000000 layers")]
    public void What_no_configuration_can_say_is_refused_in_one_line(string type, string key, object value, string expected)
    {
        var builder = Copy(key is "block_count" ? [key] : []).With("llama.rope.scaling.type", type).With($"llama.{key}", value);
        if (type == "yarn")
            builder.With("llama.rope.scaling.factor", 2f);
        File.WriteAllBytes(_folder.At("m.gguf"), builder.ToArray());
        var message = Should.Throw<InputException>(() => Checkpoint.Open(_folder.At("m.gguf"))).Message;
        message.ShouldContain(expected);
        message.ShouldNotContain("\n");
    }

    [SharedFact]
    public void Yarn_over_llama_3_s_factors_is_refused()
    {
        float[] ones = [1, 1, 1, 1];
        File.WriteAllBytes(_folder.At("m.gguf"), Copy([]).With("llama.rope.scaling.type", "yarn").With("llama.rope.scaling.factor", 2f).Tensor("rope_freqs.weight", [4], ones).ToArray());
        Should.Throw<InputException>(() => Checkpoint.Open(_folder.At("m.gguf"))).Message.ShouldContain("contradict each other");
    }

    [Fact]
    public void An_architecture_that_no_family_serves_is_refused_by_its_name()
    {
        File.WriteAllBytes(_folder.At("m.gguf"), new GgufBuilder().With("general.architecture", "rwkv7").ToArray());
        Should.Throw<InputException>(() => Checkpoint.Open(_folder.At("m.gguf"))).Message.ShouldContain("'rwkv7', which is not supported");
    }

    private static (JsonElement Scaling, int Positions, double[] Losses) Reference(string kind)
    {
        foreach (var text in File.ReadLines(Shared.Path("reference", "configs.jsonl")).Where(line => line.Contains($"v4 rope_type {kind}\"", StringComparison.Ordinal)))
        {
            var line = JsonElement.Parse(text);
            if (!line.GetProperty("checkpoint").GetString()!.EndsWith("llama3.1", StringComparison.Ordinal))
                continue;
            var set = line.GetProperty("set");
            return (set.GetProperty("rope_scaling"), set.TryGetProperty("max_position_embeddings", out var positions) ? positions.GetInt32() : ContextLength,
                [.. line.GetProperty("losses").EnumerateArray().Select(static loss => loss.GetDouble())]);
        }

        throw new InvalidOperationException($"no case of {kind}");
    }

    /// <summary>The file with the metadata and tensors that <c>convert_hf_to_gguf.py</c> makes of a scaling.</summary>
    private string Write(JsonElement scaling, int positions)
    {
        var builder = Copy(["context_length"]);
        var type = scaling.GetProperty("rope_type").GetString()!;
        builder.With("llama.rope.scaling.type", type);
        int? original = scaling.TryGetProperty("original_max_position_embeddings", out var length) ? length.GetInt32() : null;
        if (original is { } known)
            builder.With("llama.rope.scaling.original_context_length", known);
        float? factor = scaling.TryGetProperty("factor", out var stated) ? stated.GetSingle() : null;
        if (type == "longrope")
        {
            // The converter knows the ratio of the two lengths, not the factor, and writes the attention factor that it computes from it.
            if (factor is { } ratio)
                positions = (int)(ratio * original!.Value);
            var computed = (float)Math.Sqrt(1 + (Math.Log((double)positions / original!.Value) / Math.Log(original.Value)));
            builder.With("llama.rope.scaling.attn_factor", scaling.TryGetProperty("attention_factor", out var attention) ? attention.GetSingle() : computed);
            builder.Tensor("rope_factors_short.weight", [4], Floats(scaling.GetProperty("short_factor")));
            builder.Tensor("rope_factors_long.weight", [4], Floats(scaling.GetProperty("long_factor")));
        }
        else
        {
            builder.With("llama.rope.scaling.factor", factor!.Value);
            foreach (var (field, key) in new[] { ("beta_fast", "yarn_beta_fast"), ("beta_slow", "yarn_beta_slow"), ("attention_factor", "yarn_attn_factor") })
            {
                if (scaling.TryGetProperty(field, out var value))
                    builder.With($"llama.rope.scaling.{key}", value.GetSingle());
            }
        }

        var path = _folder.At("model.gguf");
        File.WriteAllBytes(path, builder.With("llama.context_length", positions).ToArray());
        return path;
    }

    private static float[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(static value => value.GetSingle())];

    /// <summary>The file without its rotary scaling, its tokenizer and what is named.</summary>
    private static GgufBuilder Copy(string[] without)
    {
        using var file = GgufFile.Open(Shared.Path("models", "gguf", "llama3.1.F32.gguf"));
        var builder = new GgufBuilder().With("general.architecture", "llama");
        foreach (var (key, value) in file.Metadata.Where(entry => entry.Key.StartsWith("llama.", StringComparison.Ordinal) && !without.Contains(entry.Key[6..])))
            builder.With(key, value switch { long number => (int)number, double number => (float)number, _ => value });
        foreach (var (name, tensor) in file.Tensors.Where(static entry => entry.Key != "rope_freqs.weight"))
        {
            var values = new float[tensor.Stored.Elements];
            tensor.Stored.Read(0, values);
            builder.Tensor(name, tensor.Shape, values);
        }

        return builder;
    }
}
