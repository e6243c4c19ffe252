using System.Text.Json.Nodes;
using LayerGrad.Compute;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using LayerGrad.Studies.Datasets;
using LayerGrad.Studies.Plan;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Studies;

public sealed class StudyReaderTests : IDisposable
{
    private const string Model = "models: [{ name: x, model: m.gguf }]\n";
    private readonly TemporaryFolder _folder = new();

    public StudyReaderTests()
    {
        _folder.Write("m.gguf", "");
        _folder.Write("a.json", "[]");
        _folder.Write("b.json", "[]");
    }

    [Fact]
    public void A_study_is_models_by_datasets_by_settings_by_variants()
    {
        var study = Read(
            """
            name: Small
            models:
              - { name: base, model: m.gguf }
              - { name: chat, model: m.gguf, chat: true }
            settings: [none]
            datasets:
              - { name: d, files: { none: { correct: a.json, irrelevant: b.json } } }
            measure: { limit: 3, precision: fp64, memory: 1GiB, weights: [q_proj, v_proj], range: "0:10" }
            results: { metrics: S_max, tables: [latex], bootstrap: 100 }
            """);
        study.Cells.Select(cell => cell.Id).ShouldBe(["base/d/none.correct", "base/d/none.irrelevant", "chat/d/none.correct", "chat/d/none.irrelevant"]);
        study.Cells[3].Model.Chat.ShouldBeTrue();
        study.Cells[3].Data.Path.ShouldBe(_folder.At("b.json"));
        study.RunOf(study.Cells[0]).ShouldBe(_folder.At("out/study/runs/base/d/none.correct.jsonl"));
        (study.Measure.Limit, study.Measure.Measurement.Precision, study.Measure.Memory, study.Measure.Measurement.Weights).ShouldBe((3, Precision.Float64, 1L << 30, "q_proj,v_proj"));
        study.Results.Metrics.ShouldBe(["S_max"]);
    }

    [Fact]
    public void Masks_of_the_loss_are_those_of_measure()
    {
        const string Rest = Model + "datasets: [{ name: d, files: a.json, settings: none, variants: correct }]\n";
        var masked = Read(Rest + "measure: { turns: all, mask-thinking: drop }").Measure.Measurement;
        (masked.Turns, masked.Thinking).ShouldBe((AssistantTurns.All, ThinkingMask.Drop));
        var plain = Read(Rest).Measure.Measurement;
        (plain.Turns, plain.Thinking).ShouldBe((AssistantTurns.Last, ThinkingMask.Keep));
        Should.Throw<InputException>(() => Read(Rest + "measure: { turns: some }")).Message.ShouldContain("last");
        Should.Throw<InputException>(() => Read(Rest + "measure: { mask-thinking: yes }")).Message.ShouldContain("keep");
    }

    [Fact]
    public void A_model_of_a_study_may_have_an_adapter_and_then_is_another_one()
    {
        Directory.CreateDirectory(_folder.At("lora"));
        const string Rest = "settings: [none]\nvariants: [correct]\ndatasets: [{ name: d, files: { none: { correct: a.json } } }]\n";
        var study = Read("models: [{ name: base, model: m.gguf }, { name: tuned, model: m.gguf, adapter: ./lora }]\n" + Rest);
        study.Cells.Select(cell => cell.Model.Adapter).ShouldBe([null, _folder.At("lora")]);
        Should.Throw<InputException>(() => Read("models: [{ name: tuned, model: m.gguf, adapter: ./none }]\n" + Rest)).Message.ShouldContain("there is no adapter");
    }

    [Fact]
    public void A_model_of_a_study_gives_its_template_arguments_and_tools()
    {
        _folder.Write("tools.json", "[{\"name\": \"f\"}]");
        var study = Read(
            """
            models:
              - { name: plain, model: m.gguf, chat: true }
              - { name: told, model: m.gguf, chat: true, tools: tools.json, template-args: { enable_thinking: false, effort: low, n: 3, quoted: "4", list: [a, ~], map: { x: 1.5 } } }
            settings: [none]
            variants: [correct]
            datasets:
              - { name: d, files: { none: { correct: a.json } } }
            """);
        study.Cells[0].Model.Template.IsEmpty.ShouldBeTrue();
        study.Cells[1].Model.Template.Json.ShouldBe("""{"effort":"low","enable_thinking":false,"list":["a",null],"map":{"x":1.5},"n":3,"quoted":"4"}""");
        study.Cells[1].Model.Template.ToolsJson.ShouldBe("""[{"name":"f"}]""");
    }

    [Fact]
    public void Tokenizer_rules_below_a_model_come_before_those_of_measure()
    {
        const string Rest =
            """
            settings: [none]
            variants: [correct]
            datasets:
              - { name: d, files: { none: { correct: a.json } } }
            """;
        var study = Read(
            $$"""
            models:
              - { name: own, model: m.gguf, tokenizer-rules: transformers-4 }
              - { name: shared, model: m.gguf }
            measure: { tokenizer-rules: transformers-5 }
            {{Rest}}
            """);
        study.Cells.Select(cell => (cell.Model.TokenizerRules, study.Measure.Measurement.TokenizerRules)).ShouldBe(
            [(TokenizerRules.Transformers4, TokenizerRules.Transformers5), ((TokenizerRules?)null, TokenizerRules.Transformers5)]);
        Should.Throw<InputException>(() => Read("models: [{ name: x, model: m.gguf, tokenizer-rules: transformers-6 }]\n" + Rest))
            .Message.ShouldContain("transformers-4");
    }

    [Fact]
    public void The_papers_study_is_read_whole()
    {
        var study = Study.Load(Path.Combine(Shared.Repository, "studies", "paper.yaml"));

        // 10 models × 2 variants × (6 datasets × 3 settings + 3 × 2 + 4).
        study.Cells.Count.ShouldBe(10 * 2 * 28);
        study.Cells.Select(cell => cell.Data.Path).Distinct().Count().ShouldBe(PaperData.Files.Count);
        study.Cells.Count(cell => cell.Model.Chat).ShouldBe(study.Cells.Count / 2);
    }

    [SharedFact]
    public void The_quick_study_is_read() => Study.Load(Path.Combine(Shared.Repository, "studies", "quick.yaml")).Cells.Count.ShouldBe(12);

    [Theory]
    [InlineData("modles: []", ":1:1: unknown key 'modles'; did you mean 'models'? Known here: name, out, models")]
    [InlineData("models: [{ name: x, model: m.gguf, chta: true }]\ndatasets: []", ":1:36: unknown key 'chta'; did you mean 'chat'?")]
    [InlineData("models: [{ name: x, model: m.gguf, template-args: { a: 1 } }]\ndatasets: []", ":1:51: template-args and tools are for the chat template; add 'chat: true'.")]
    [InlineData("models: [{ name: x, model: m.gguf, chat: true, template-args: { messages: 1 } }]\ndatasets: []", ":1:63 messages: LayerGrad sets it itself")]
    [InlineData("models: []\ndatasets: []", ":1:9: the list is empty; a study needs at least one model.")]
    [InlineData("models: [{ name: x, model: m.gguf }]", ":1:1: the key 'datasets' is missing here.")]
    [InlineData("models: [{ name: x, model: ./none.gguf }]\ndatasets: []", ":1:28: there is no model")]
    [InlineData(Model + "datasets: [{ name: d, files: none.json, settings: [none] }]", ":2:30: there is no dataset")]
    [InlineData(Model + "datasets: [{ name: d, files: a.json, settings: [nnoe] }]", ":2:49: the study has no setting 'nnoe'; did you mean 'none'?")]
    [InlineData("models: [{ name: x, model: m.gguf }, { name: y, model: m.gguf }]\ndatasets: [{ name: d, files: a.json, settings: none, variants: correct }]", ":1:56: 'y' is the same model as 'x'")]
    [InlineData("models: [{ name: x, model: m.gguf }, { name: X, model: m.gguf, chat: true }]\ndatasets: []", ":1:46: a model 'X' stands above already")]
    [InlineData(Model + "datasets: [{ name: d, files: a.json, settings: none }]", ":2:20: d/none.irrelevant has the same file as d/none.correct")]
    [InlineData(Model + "datasets: [{ name: d, settings: none }]", ":2:12: the dataset 'd' needs either files or prepare")]
    [InlineData(Model + "datasets: [{ name: d, files: 'paper:cot_500/aqua_train_no_ctt.json', settings: none, variants: correct }]", "did you mean 'cot_500/aqua_train_no_cot.json'?")]
    [InlineData(Model + "datasets: [{ name: d, prepare: { source: gsm8, from: a.json } }]", ":2:42: 'gsm8' is none of gsm8k, aqua")]
    [InlineData(Model + "datasets: [{ name: d, prepare: { source: gsm8k, from: a.json }, settings: none }]", "prepare makes right answers only; add 'corrupt: {}'")]
    [InlineData(Model + "datasets: [{ name: d, files: a.json, settings: none, variants: correct }]\nmeasure: { memory: lots }", ":3:20: --memory lots: expected a number and a unit")]
    [InlineData(Model + "datasets: [{ name: d, files: a.json, settings: none, variants: correct }]\nmeasure: { limit: 0 }", ":3:19: '0' is no whole number of at least 1")]
    [InlineData("models: [{ name: x/y, model: m.gguf }]\ndatasets: []", "may hold letters, digits")]
    [InlineData("models: &a [*a]", "contains itself")]
    [InlineData("models: [", "1:9: not valid YAML: this [ … ] is opened here")]
    [InlineData("models: {a: [b,\nname: x}", "1:13: not valid YAML: this [ … ] is opened here")]
    [InlineData("models: *a", "1:9: *a has no anchor &a above it")]
    [InlineData("models: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "nested here more than 32 deep")]
    [InlineData("name: 'open", "not valid YAML; look here for a tab, a quote")]
    [InlineData("name: a\nname: b", "a key stands twice in this mapping")]
    public void What_is_wrong_is_told_with_line_and_column(string yaml, string message) => Should.Throw<InputException>(() => Read(yaml)).Message.ShouldContain(message);

    [Fact]
    public void A_dataset_may_be_for_some_models_and_have_a_limit_of_its_own()
    {
        _folder.Write("n.gguf", "");
        var study = Read(
            """
            models: [{ name: x, model: m.gguf }, { name: y, model: n.gguf }]
            settings: [none]
            variants: [correct]
            datasets: [{ name: d, files: a.json, limit: 3 }, { name: e, files: b.json, models: y }]
            measure: { limit: 8 }
            """);
        study.Cells.Select(cell => cell.Id).ShouldBe(["x/d/none.correct", "y/d/none.correct", "y/e/none.correct"]);
        study.Cells.Select(cell => study.MeasureOf(cell.Dataset).Limit).ShouldBe([3, 3, 8]);
    }

    [Theory]
    [InlineData("d", "no dataset is for 'x'")]
    [InlineData("z", "the study has no model 'z'")]
    public void A_model_without_a_dataset_and_a_dataset_of_an_unknown_model_are_refused(string model, string message)
    {
        _folder.Write("n.gguf", "");
        Should.Throw<InputException>(() => Read($$"""
            models: [{ name: x, model: m.gguf }, { name: d, model: n.gguf }]
            datasets: [{ name: d, files: a.json, settings: none, variants: correct, models: {{model}} }]
            """)).Message.ShouldContain(message);
    }

    [Fact]
    public void A_corrupted_variant_is_a_recipe()
    {
        var study = Read(
            """
            models: [{ name: x, model: m.gguf }]
            settings: [none, simplified]
            datasets: [{ name: d, prepare: { source: gsm8k, from: a.json, seed: 7 }, corrupt: { seed: 3, mode: words } }]
            """);
        var file = study.Cells.Single(cell => cell is { Setting: "simplified", Variant: "irrelevant" }).Data;
        file.Path.ShouldBe(_folder.At("out/study/data/d.simplified.irrelevant.json"));
        var corrupt = file.Recipe.ShouldBeOfType<StudyRecipe.Corrupt>();
        (corrupt.Seed, corrupt.Mode).ShouldBe((3UL, LayerGrad.Data.CorruptionMode.Sentences));
        corrupt.Correct.Path.ShouldBe(_folder.At("out/study/data/d/gsm8k_train_with_cot.json"));
        corrupt.Correct.Recipe.ShouldBeOfType<StudyRecipe.Prepare>().Seed.ShouldBe(7UL);
    }

    [Fact]
    public void The_schema_knows_the_keys_that_the_reader_knows()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Shared.Repository, "studies", "study.schema.json")))!;
        var dataset = schema["properties"]!["datasets"]!["items"]!;
        Keys(schema).ShouldBe(StudyReader.StudyKeys, ignoreOrder: true);
        Keys(schema["properties"]!["models"]!["items"]!).ShouldBe(StudyReader.ModelKeys, ignoreOrder: true);
        Keys(schema["properties"]!["measure"]!).ShouldBe(StudyMeasureReader.Keys, ignoreOrder: true);
        Keys(schema["properties"]!["results"]!).ShouldBe(StudyReader.ResultKeys, ignoreOrder: true);
        Keys(dataset).ShouldBe(StudyDatasetReader.DatasetKeys, ignoreOrder: true);
        Keys(dataset["properties"]!["prepare"]!).ShouldBe(StudyDatasetReader.PrepareKeys, ignoreOrder: true);
        Keys(dataset["properties"]!["corrupt"]!).ShouldBe(StudyDatasetReader.CorruptKeys, ignoreOrder: true);
        var metrics = schema["properties"]!["results"]!["properties"]!["metrics"]!["oneOf"]![0]!["enum"]!.AsArray().Select(name => name!.GetValue<string>());
        metrics.ShouldBe(Metric.All.Select(metric => metric.Name), ignoreOrder: true);
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Keys(JsonNode schema) => schema["properties"]!.AsObject().Select(property => property.Key);

    private Study Read(string yaml) => Study.Load(_folder.Write("study.yaml", yaml));
}
