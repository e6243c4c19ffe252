using System.Diagnostics;
using System.Text.Json;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Decoders;

/// <summary>Configurations that brought a reader down, hung it or misled it once: a right answer or one clean line, quickly and in little memory.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class HostileConfigurationTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_quickly = TimeSpan.FromSeconds(10);

    /// <summary>What the configuration's files say wrongly of sizes, when tensors and the configuration's own words are elsewhere.</summary>
    public static TheoryData<string> Sizes() =>
    [
        """{"num_hidden_layers": 2147483647}""", """{"num_hidden_layers": -1}""", """{"num_hidden_layers": 1e300}""", """{"num_hidden_layers": true}""",
        """{"num_attention_heads": 2147483647}""", """{"num_attention_heads": -4}""", """{"num_attention_heads": 16384, "head_dim": 268435456}""",
        """{"num_key_value_heads": 0}""", """{"vocab_size": 268435456}""", """{"vocab_size": -1}""", """{"intermediate_size": 2147483647}""",
        """{"head_dim": -16}""", """{"hidden_size": 2147483647}""", """{"max_position_embeddings": -1}""",
        """{"rms_norm_eps": Infinity}""", """{"rms_norm_eps": {"__float__": "NaN"}}""", """{"rope_theta": NaN}""",
        """{"rope_scaling": {"type": "linear", "factor": Infinity}}""", """{"max_position_embeddings": 0, "rope_scaling": {"type": "dynamic", "factor": 2}}""",
        """{"rope_parameters": {"full_attention": {"rope_type": "default"}}}""", """{"rope_scaling": []}""", """{"model_type": 3}""",
    ];

    [SharedTheory]
    [MemberData(nameof(Sizes))]
    public void A_wrong_value_is_told_in_one_line_that_names_it(string changes)
    {
        using var folder = new TemporaryFolder();
        var config = File.ReadAllText(Shared.Path("models", "tiny", "llama2", "config.json")).TrimEnd().TrimEnd('}');
        var model = Copy(folder, Shared.Path("models", "tiny", "llama2"), $"{config}, {changes.TrimStart()[1..]}");

        var run = Measure(model, folder);

        run.Status.ShouldBe(2);
        var line = OneLine(run.Error);
        line.ShouldContain(model);
        var name = changes.Split('"')[1];
        (line.Contains(name, StringComparison.Ordinal) || line.Contains(".weight", StringComparison.Ordinal)).ShouldBeTrue(line);
    }

    [SharedFact]
    public void Hostile_configurations_give_a_right_answer_or_one_line()
    {
        var failures = new List<string>();
        foreach (var (name, config, checkpoint) in Files())
        {
            using var folder = new TemporaryFolder();
            var model = Copy(folder, checkpoint, config);
            foreach (var run in ((int Status, string Output, string Error)[])[Inspect(model), Measure(model, folder)])
            {
                var lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
                output.WriteLine($"{name}: {run.Status} {(run.Status == 0 ? "" : lines.LastOrDefault())}");
                if (run.Status is not (0 or 2) || (run.Status == 2 && lines.Length != 1) || run.Error.Contains('\u001b', StringComparison.Ordinal))
                    failures.Add($"{name}: exit status {run.Status}: {run.Error}");
            }
        }

        failures.ShouldBeEmpty();
    }

    [SharedFact]
    public void Fields_that_the_family_does_not_use_are_named_once_and_recorded()
    {
        using var folder = new TemporaryFolder();
        var model = Copy(folder, Shared.Path("models", "tiny", "llama2"), File.ReadAllText(Shared.Path("hostile", "configs", "unknownfield.json")));

        var run = Measure(model, folder);

        run.Status.ShouldBe(0, run.Error);
        const string Note = "fields of the configuration that the model 'llama' does not use: attn_logit_softcapping, new_field_that_changes_math, sliding_window";
        run.Error.Split(Note).Length.ShouldBe(2, run.Error);
        File.ReadAllText(folder.At("run.meta.json")).ShouldContain(Note);
        Inspect(model).Output.ReplaceLineEndings(" ").ShouldContain("new_field_that_changes_math");
    }

    /// <summary>The files of <c>hostile/configs</c> on llama2, and those of <c>hostile/mutated/config</c> on the checkpoint they were made from.</summary>
    private static IEnumerable<(string Name, string Config, string Checkpoint)> Files()
    {
        foreach (var file in Directory.EnumerateFiles(Shared.Path("hostile", "configs")).Order(StringComparer.Ordinal))
            yield return (Path.GetFileName(file), File.ReadAllText(file), Shared.Path("models", "tiny", "llama2"));
        foreach (var file in Directory.EnumerateFiles(Shared.Path("hostile", "mutated", "config"), "config.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            yield return (Path.GetFileName(Path.GetDirectoryName(file)!), File.ReadAllText(file), Origin(file));
    }

    /// <summary>The checkpoint of the same architecture; the one file that has none was made from Qwen3 MoE.</summary>
    private static string Origin(string file)
    {
        var text = File.ReadAllText(file);
        foreach (var config in new[] { "tiny", "more" }.SelectMany(group => Directory.EnumerateFiles(Shared.Path("models", group), "config.json", SearchOption.AllDirectories)))
        {
            using var known = JsonDocument.Parse(File.ReadAllText(config));
            if (text.Contains($"\"{known.RootElement.GetProperty("architectures")[0].GetString()}\"", StringComparison.Ordinal))
                return Path.GetDirectoryName(config)!;
        }

        return Shared.Path("models", "more", "qwen3_moe");
    }

    private static string Copy(TemporaryFolder folder, string checkpoint, string config)
    {
        var copy = Directory.CreateDirectory(folder.At("model")).FullName;
        foreach (var file in Directory.EnumerateFiles(checkpoint))
            File.CreateSymbolicLink(Path.Combine(copy, Path.GetFileName(file)), file);
        File.Delete(Path.Combine(copy, "config.json"));
        File.WriteAllText(Path.Combine(copy, "config.json"), config);
        return copy;
    }

    private static (int Status, string Output, string Error) Inspect(string model) => Quickly("inspect", model);

    private static (int Status, string Output, string Error) Measure(string model, TemporaryFolder folder) =>
        Quickly("measure", "--model", model, "--data", Shared.Path("reference", "examples.json"), "--limit", "2", "--out", folder.At("run.jsonl"));

    private static (int Status, string Output, string Error) Quickly(params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        var run = CommandLineRun.Of(arguments);
        clock.Elapsed.ShouldBeLessThan(s_quickly, string.Join(' ', arguments));
        return run;
    }

    private static string OneLine(string error)
    {
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(1, error);
        return lines[0];
    }
}
