using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Models;
using LayerGrad.Runs;
using LayerGrad.Runs.Tables;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Adapters;

/// <summary>Runs with an adapter: what their metadata holds, what goes on, and what the commands say.</summary>
public sealed class AdapterRunTests
{
    private static string Model => Shared.Path("models", "tiny", "llama3.1");

    private static string Query => Shared.Path("adapters", "llama3.1-qv");

    [SharedFact]
    public void A_run_goes_on_with_its_own_adapter_alone()
    {
        using var folder = new TemporaryFolder();
        var options = new MeasureRunOptions
        {
            Model = Model,
            Adapter = Query,
            Data = Shared.Path("reference", "examples.json"),
            Out = folder.At("run.jsonl"),
            Measurement = new() { Weights = "adapter" },
            Limit = 1,
            Threads = 1,
            Memory = 2L << 30,
        };
        MeasureRun.Execute(options);

        var metadata = RunMetadata.Read(folder.At("run.meta.json"));
        metadata.AdapterPath.ShouldBe(Query);
        metadata.AdapterHash.ShouldNotBeNull().ShouldStartWith("sha256:");
        metadata.Weights.Select(weight => (weight.Name, weight.Rows, weight.Columns)).First().ShouldBe(("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", 8, 64));
        RunDescription.Of(options.Out)!.ModelName.ShouldBe("llama3.1 + llama3.1-qv");
        MeasureRun.Execute(options).NothingToDo.ShouldBeTrue();
        foreach (var other in new[] { null, Shared.Path("adapters", "llama3.1-all-linear") })
            Should.Throw<InputException>(() => MeasureRun.Execute(options with { Adapter = other, Measurement = new() { Weights = other is null ? null : "adapter" } })).Message.ShouldContain("--adapter was sha256:");
    }

    [SharedTheory]
    [InlineData("models/quantised/gptq-g32-act-order", null, "GPTQ of 4 bits, groups of 32, act-order")]
    [InlineData("models/quantised/bnb-nf4-double", null, "NF4")]
    [InlineData("models/tiny/llama3.1", "adapters/llama3.1-all-linear", "llama3.1 + llama3.1-all-linear")]
    public void The_report_s_model_line_shows_format_and_adapter(string model, string? adapter, string expected)
    {
        using var folder = new TemporaryFolder();
        MeasureRun.Execute(new MeasureRunOptions
        {
            Model = Shared.Path(model.Split('/')),
            Adapter = adapter is null ? null : Shared.Path(adapter.Split('/')),
            Data = Shared.Path("reference", "examples.json"),
            Out = folder.At("run.jsonl"),
            Limit = 1,
            Threads = 1,
            Memory = 2L << 30,
        });

        Layergrad.Run("report", folder.At("run.jsonl"), "--out", folder.At("report.html")).Status.ShouldBe(0);

        File.ReadAllText(folder.At("report.html")).Replace("\\u002B", "+", StringComparison.Ordinal).ShouldContain(expected);
    }

    [SharedFact]
    public void Weights_of_an_adapter_are_chosen_by_its_own_words_alone()
    {
        using var model = ModelLoader.OpenAdapted(Model, AdapterName.Of(Query));
        Names("adapter").Count.ShouldBe(16);
        Names("*q_proj*").ShouldAllBe(name => !name.Contains("lora", StringComparison.Ordinal));
        Names("*q_proj.lora_B*").Count.ShouldBe(4);
        Names("attention,adapter").Count.ShouldBe(32);
        WeightName.Parse(Names("adapter")[1]).ShouldBe(new WeightName("base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", 0, "Q.lora_B"));
        using var plain = ModelLoader.Open(Model);
        Should.Throw<InputException>(() => WeightSelector.Parse(plain.Specification, "adapter", false)).Message.ShouldContain("--adapter DIR");

        List<string> Names(string selection) => [.. WeightSelector.Parse(model.Specification, selection, splitFused: false).Select(weight => weight.Name)];
    }

    [SharedFact]
    public void Cosines_shares_spectra_and_a_kernel_come_of_A_and_B_too()
    {
        using var folder = new TemporaryFolder();
        string[] common = ["--model", Model, "--adapter", Query, "--data", Shared.Path("reference", "examples.json"), "--weights", "adapter", "--limit", "2", "--max-length", "256", "--memory", "2GiB", "--device", "cpu", "--precision", "fp64", "--quiet"];
        var run = Layergrad.Run(["measure", .. common, "--out", folder.At("run.jsonl"), "--spectra", "--tokens", "--cosine"]);
        run.Errors.ShouldBeEmpty();
        File.ReadLines(folder.At("run.tokens.jsonl")).First().ShouldContain("lora_A");
        var kernel = Layergrad.Run(["kernel", .. common, "--out", folder.At("kernel.npy")]);
        kernel.Errors.ShouldBeEmpty();
        File.ReadAllText(folder.At("kernel.json")).ShouldContain("llama3.1-qv");
    }

    [SharedTheory]
    [InlineData("llama3.1-qv")]
    [InlineData("llama3.1-dora")]
    public void Norms_are_over_those_of_A_and_B_where_these_are_measured(string adapter)
    {
        using var folder = new TemporaryFolder();
        var path = Shared.Path("adapters", adapter);
        var run = Layergrad.Run("measure", "--model", Model, "--adapter", path, "--data", Shared.Path("reference", "examples.json"), "--weights", "adapter", "--statistics", "frobenius_norm,norm_over_weight_norm",
            "--limit", "1", "--precision", "fp64", "--memory", "2GiB", "--quiet", "--out", folder.At("run.jsonl"));
        run.Errors.ShouldBeEmpty();
        var measured = JsonNode.Parse(File.ReadLines(folder.At("run.jsonl")).First())!;
        using var model = ModelLoader.OpenAdapted(Model, AdapterName.Of(path));
        model.Specification.Adapters.Count.ShouldBeGreaterThan(0);
        foreach (var tensor in RawTensor.ReadAll(path, "adapter_model.safetensors").Where(static tensor => tensor.Name.Contains("lora_A", StringComparison.Ordinal) || tensor.Name.Contains("lora_B", StringComparison.Ordinal)))
        {
            tensor.DType.ShouldBe("F32");
            var norm = Math.Sqrt(MemoryMarshal.Cast<byte, float>(tensor.Data).ToArray().Sum(static value => (double)value * value));
            var statistics = measured[tensor.Name]!;
            ((double)statistics["norm_over_weight_norm"]!).ShouldBe((double)statistics["frobenius_norm"]! / norm, 1e-12, tensor.Name);
        }
    }

    [SharedFact]
    public void Inspect_names_the_adapter()
    {
        var shown = Layergrad.Run("inspect", Model, "--adapter", Shared.Path("adapters", "llama3.1-all-linear"));
        shown.Status.ShouldBe(0, shown.Errors);
        var text = string.Join(' ', shown.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        text.ShouldContain("LoRA, r 4, alpha 6, ranks by pattern, alphas by pattern, rsLoRA, on down_proj, gate_proj");
        Layergrad.Run("inspect", Model, "--adapter", Model).ErrorLine.ShouldContain("has no adapter_config.json");
    }
}
