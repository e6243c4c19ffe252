using LayerGrad.ChatTemplates;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tokenizers;

namespace LayerGrad.Studies.Plan;

/// <summary>Reads a study's YAML file; <c>studies/study.schema.json</c> describes the same form to editors.</summary>
internal static class StudyReader
{
    internal static readonly string[] StudyKeys = ["name", "out", "models", "settings", "variants", "datasets", "measure", "results"];
    internal static readonly string[] ModelKeys = ["name", "model", "adapter", "chat", "template-args", "tools", "tokenizer-rules"];
    internal static readonly string[] ResultKeys = ["metrics", "tables", "figures", "report", "bootstrap", "seed"];

    private static readonly string[] s_defaultSettings = ["none", "simplified", "detailed"];
    private static readonly string[] s_defaultVariants = ["correct", "irrelevant"];
    private static readonly string[] s_tableFormats = ["text", "markdown", "latex", "csv", "json"];
    private static readonly string[] s_figureFormats = ["svg", "pdf", "png"];

    /// <summary>Reads and checks a file.</summary>
    public static Study Read(string path)
    {
        var root = YamlValue.Load(path);
        var map = root.Map(StudyKeys);
        var home = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var folder = Path.GetFullPath(map["out"]?.Text() ?? Path.Combine("out", Path.GetFileNameWithoutExtension(path)), home);
        var models = Named(map.Required("models"), "model", item => ReadModel(item, home));
        var axes = new StudyAxes(
            home,
            folder,
            [.. models.Select(entry => entry.Value.Name)],
            ReadWords(map["settings"], s_defaultSettings),
            ReadWords(map["variants"], s_defaultVariants));
        var datasets = Named(map.Required("datasets"), "dataset", item => StudyDatasetReader.Read(item, axes));
        var measure = StudyMeasureReader.Read(map["measure"], home);
        RefuseEqualModels(models);
        StudyCell[] cells = [.. from model in models.Select(entry => entry.Value)
                                from dataset in datasets.Select(entry => entry.Value)
                                where dataset.Models?.Contains(model.Name, StringComparer.Ordinal) ?? true
                                from key in dataset.Files.Keys
                                select new StudyCell(model, dataset, key.Setting, key.Variant)];
        RefuseEqualFiles(datasets);
        RefuseIdleModels(models, cells);
        return new Study(path, map["name"]?.Text() ?? Path.GetFileNameWithoutExtension(path), folder, cells, measure, ReadResults(map["results"]));
    }

    /// <summary>A name that becomes a file's.</summary>
    internal static string FileName(YamlValue value)
    {
        var name = value.Text();
        return name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.') && !name.StartsWith('.')
            ? name
            : throw value.Error($"'{name}' names files, so it may hold letters, digits, '-', '_' and '.' only.");
    }

    private static (YamlValue Place, StudyModel Value) ReadModel(YamlValue item, string home)
    {
        var map = item.Map(ModelKeys);
        var place = map.Required("model");
        var path = StudyPath.Resolve(place.Text(), home);
        if (StudyPath.LooksLocal(place.Text()) && !File.Exists(path) && !Directory.Exists(path))
            throw place.Error($"there is no model {path}; name a folder, a GGUF file, or ORG/NAME on the hub.");
        var model = new StudyModel(FileName(map.Required("name")), path, map["chat"]?.Truth() ?? false, StudyMeasureReader.ReadRules(map["tokenizer-rules"]))
        {
            Adapter = ReadAdapter(map["adapter"], home),
            Template = ReadTemplate(map, home),
        };
        if (!model.Template.IsEmpty && !model.Chat)
            throw (map["template-args"] ?? map["tools"])!.Error("template-args and tools are for the chat template; add 'chat: true'.");
        return (place, model);
    }

    private static string? ReadAdapter(YamlValue? place, string home)
    {
        if (place is null)
            return null;
        var path = StudyPath.Resolve(place.Text(), home);
        return StudyPath.LooksLocal(place.Text()) && !Directory.Exists(path)
            ? throw place.Error($"there is no adapter {path}; name the folder of a LoRA adapter, or ORG/NAME on the hub.")
            : path;
    }

    private static TemplateArguments ReadTemplate(YamlMap map, string home)
    {
        var given = map["template-args"];
        var arguments = given?.Map(null);
        var tools = map["tools"] is { } file ? StudyPath.Resolve(file.Text(), home) : null;
        return TemplateArguments.Of(
            given?.Place ?? "", arguments?.Keys.Select(key => KeyValuePair.Create(key.Name, arguments[key.Name]!.Json())) ?? [], tools);
    }

    private static List<(YamlValue Place, T Value)> Named<T>(YamlValue list, string what, Func<YamlValue, (YamlValue Place, T Value)> read)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var values = new List<(YamlValue, T)>();
        foreach (var item in list.List())
        {
            values.Add(read(item));
            var name = item.Map(null).Required("name");
            if (!names.Add(name.Text()))
                throw name.Error($"a {what} '{name.Text()}' stands above already; names must differ in more than case.");
        }

        return values.Count > 0 ? values : throw list.Error($"the list is empty; a study needs at least one {what}.");
    }

    /// <summary>Names with the words that stand for them in file names; a list of names stands for itself.</summary>
    private static Dictionary<string, string> ReadWords(YamlValue? value, string[] otherwise)
    {
        if (value is null)
            return otherwise.ToDictionary(name => name);
        if (!value.IsMap)
            return Distinct(value.ListOrOne());
        var map = value.Map(null);
        return map.Keys.ToDictionary(key => FileName(key.Place), key => map[key.Name]!.TextOrEmpty());
    }

    private static Dictionary<string, string> Distinct(IReadOnlyList<YamlValue> items)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (!words.TryAdd(FileName(item), item.Text()))
                throw item.Error($"'{item.Text()}' stands here a second time; remove one.");
        }

        return words;
    }

    private static StudyResults ReadResults(YamlValue? value)
    {
        var defaults = new StudyResults();
        if (value is null)
            return defaults;
        var map = value.Map(ResultKeys);
        var metrics = Metric.All.Select(metric => metric.Name).ToArray();
        return new StudyResults
        {
            Metrics = Words(map["metrics"], metrics) ?? defaults.Metrics,
            Tables = Words(map["tables"], s_tableFormats) ?? defaults.Tables,
            Figures = Words(map["figures"], s_figureFormats) ?? defaults.Figures,
            Report = map["report"]?.Truth() ?? defaults.Report,
            Bootstrap = map["bootstrap"]?.Integer(100) ?? defaults.Bootstrap,
            Seed = map["seed"]?.Integer(0) ?? defaults.Seed,
        };
    }

    private static string[]? Words(YamlValue? value, string[] known) => value is null ? null : [.. value.ListOrOne().Select(item => item.OneOf(known)).Distinct()];

    private static void RefuseEqualModels(List<(YamlValue Place, StudyModel Value)> models)
    {
        var seen = new Dictionary<(string, string?, bool, string?, string?, TokenizerRules?), string>();
        foreach (var (place, model) in models)
        {
            var identity = (model.Path, model.Adapter, model.Chat, model.Template.Json, model.Template.ToolsJson, model.TokenizerRules);
            if (!seen.TryAdd(identity, model.Name))
                throw place.Error($"'{model.Name}' is the same model as '{seen[identity]}', so its cells would be measured twice; remove one, or let them differ in adapter, chat, template-args or tokenizer-rules.");
        }
    }

    private static void RefuseIdleModels(List<(YamlValue Place, StudyModel Value)> models, StudyCell[] cells)
    {
        foreach (var (place, model) in models)
        {
            if (cells.All(cell => cell.Model != model))
                throw place.Error($"no dataset is for '{model.Name}'; add it to a dataset's models, or remove it.");
        }
    }

    private static void RefuseEqualFiles(List<(YamlValue Place, StudyDataset Value)> datasets)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (place, dataset) in datasets)
        {
            foreach (var ((setting, variant), file) in dataset.Files)
            {
                var name = $"{dataset.Name}/{setting}.{variant}";
                if (!seen.TryAdd(file.Path, name))
                    throw place.Error($"{name} has the same file as {seen[file.Path]} ({file.Path}), so it would be measured twice; remove one.");
            }
        }
    }
}
