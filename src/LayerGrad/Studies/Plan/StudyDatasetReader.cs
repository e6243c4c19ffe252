using LayerGrad.Data;
using LayerGrad.Examples.Shards;
using LayerGrad.Hub;
using LayerGrad.Studies.Datasets;

namespace LayerGrad.Studies.Plan;

/// <summary>Reads one dataset of a study.</summary>
internal static class StudyDatasetReader
{
    internal static readonly string[] DatasetKeys = ["name", "models", "settings", "variants", "files", "prepare", "corrupt", "limit"];
    internal static readonly string[] PrepareKeys = ["source", "from", "sample", "seed"];
    internal static readonly string[] CorruptKeys = ["mode", "seed", "same-allowed"];
    private static readonly string[] s_modes = ["answers", "words", "sentences"];

    private const string Correct = "correct";
    private const string Irrelevant = "irrelevant";
    private const string PaperPrefix = "paper:";
    private const string HubPrefix = "hf://";

    /// <summary>The file names that <c>data prepare</c> gives the settings of the study.</summary>
    private static readonly Dictionary<string, string> s_preparedNames = new(StringComparer.Ordinal)
    {
        ["none"] = "no_cot",
        ["simplified"] = "with_cot",
        ["detailed"] = "with_cot_gpt4o",
    };

    public static (YamlValue Place, StudyDataset Value) Read(YamlValue item, StudyAxes axes)
    {
        var map = item.Map(DatasetKeys);
        var name = StudyReader.FileName(map.Required("name"));
        var settings = Subset(map["settings"], axes.Settings.Keys, "setting");
        var variants = Subset(map["variants"], axes.Variants.Keys, "variant");
        if ((map["files"] is null) == (map["prepare"] is null))
            throw item.Error($"the dataset '{name}' needs either files or prepare, to say where it comes from.");
        var prepare = map["prepare"] is { } recipe ? ReadPrepare(recipe, axes.Home) : null;
        var corrupt = map["corrupt"];
        if (corrupt is not null && !(variants.Contains(Correct, StringComparer.Ordinal) && variants.Contains(Irrelevant, StringComparer.Ordinal)))
            throw corrupt.Error("corrupt makes the variant 'irrelevant' out of 'correct'; the dataset needs both.");
        if (prepare is not null && variants.Any(variant => variant != Correct) && corrupt is null)
            throw map["prepare"]!.Error("prepare makes right answers only; add 'corrupt: {}' for the variant 'irrelevant', or 'variants: [correct]'.");

        var files = new Dictionary<(string, string), StudyFile>();
        foreach (var setting in settings)
        {
            foreach (var variant in variants)
            {
                files[(setting, variant)] = variant == Irrelevant && corrupt is not null
                    ? Corrupted(files[(setting, Correct)], corrupt, Path.Combine(axes.Folder, "data", $"{name}.{setting}.irrelevant.json"))
                    : prepare is not null
                        ? Prepared(prepare, setting, Path.Combine(axes.Folder, "data", name), map["prepare"]!)
                        : Named(map["files"]!, setting, variant, axes);
            }
        }

        var models = map["models"] is { } chosen ? Subset(chosen, axes.Models, "model") : null;
        return (map.Required("name"), new StudyDataset(name, files) { Models = models, Limit = map["limit"]?.Integer(1) });
    }

    private static string[] Subset(YamlValue? value, IReadOnlyCollection<string> all, string what) => value is null
        ? [.. all]
        : [.. value.ListOrOne().Select(item => all.Contains(item.Text())
            ? item.Text()
            : throw item.Error($"the study has no {what} '{item.Text()}'{NearestWord.Suggest(item.Text(), all)}")).Distinct()];

    private static StudyRecipe.Prepare ReadPrepare(YamlValue value, string home)
    {
        var map = value.Map(PrepareKeys);
        var from = map.Required("from").ListOrOne();
        foreach (var path in from)
        {
            var full = StudyPath.Full(path.Text(), home);
            if (!File.Exists(full) && !Directory.Exists(full))
                throw path.Error($"there is no file or folder {full}.");
        }

        return new StudyRecipe.Prepare(
            map.Required("source").OneOf(Preparation.Sources),
            [.. from.Select(path => StudyPath.Full(path.Text(), home))],
            map["sample"]?.Integer(1) ?? 500,
            map["seed"]?.Seed() ?? 42);
    }

    private static StudyFile Prepared(StudyRecipe.Prepare recipe, string setting, string folder, YamlValue place)
    {
        var file = recipe.Source switch
        {
            "knowledge" => $"{setting}.json",
            "math" => throw place.Error("MATH has a file a subject; prepare it first, and name the files here."),
            _ when s_preparedNames.TryGetValue(setting, out var word) => $"{recipe.Source}_train_{word}.json",
            _ => throw place.Error($"{recipe.Source} has no setting '{setting}'; there are {string.Join(", ", s_preparedNames.Keys)}."),
        };
        return new StudyFile(Path.Combine(folder, file), recipe);
    }

    private static StudyFile Corrupted(StudyFile correct, YamlValue value, string path)
    {
        var map = value.Map(CorruptKeys);
        var mode = map["mode"]?.OneOf(s_modes) is null or "answers" ? CorruptionMode.Answers : CorruptionMode.Sentences;
        return new StudyFile(path, new StudyRecipe.Corrupt(correct, mode, map["seed"]?.Seed() ?? 42, map["same-allowed"]?.Truth() ?? false));
    }

    /// <summary>A file by its name: one pattern for all settings, or one for each.</summary>
    private static StudyFile Named(YamlValue files, string setting, string variant, StudyAxes axes)
    {
        var pattern = !files.IsMap ? files : files.Map([.. axes.Settings.Keys])[setting]
            ?? throw files.Error($"the setting '{setting}' has no file here; add one, or list the dataset's settings.");
        if (pattern.IsMap)
        {
            pattern = pattern.Map([.. axes.Variants.Keys])[variant]
                ?? throw pattern.Error($"the variant '{variant}' has no file here; add one, or list the dataset's variants.");
        }

        var name = pattern.Text()
            .Replace("{setting}", axes.Settings[setting], StringComparison.Ordinal)
            .Replace("{variant}", axes.Variants[variant], StringComparison.Ordinal);
        if (name.StartsWith(PaperPrefix, StringComparison.Ordinal))
            return Fetched(name[PaperPrefix.Length..], pattern);
        if (name.StartsWith(HubPrefix, StringComparison.Ordinal))
            return new StudyFile(Path.Combine(axes.Folder, "data", "hub", FileOf(name)), new StudyRecipe.FetchHub(Checked(name, pattern)));
        var path = StudyPath.Full(name, axes.Home);
        return StudyFile.IsThere(path) ? new StudyFile(path, null) : throw pattern.Error($"there is no dataset {path}; it is the file of setting '{setting}', variant '{variant}'.");
    }

    /// <summary>Where a dataset of the hub is kept: a file under its own path, the split of a repository as one JSON file.</summary>
    private static string FileOf(string address)
    {
        var path = address[HubPrefix.Length..].Replace('/', Path.DirectorySeparatorChar);
        return ShardNames.IsData(path) ? path : path.Replace('?', '.').Replace('&', '.').Replace('=', '-').TrimEnd(Path.DirectorySeparatorChar) + ".json";
    }

    private static StudyFile Fetched(string name, YamlValue place)
    {
        if (!PaperData.Files.ContainsKey(name))
            throw place.Error($"the original study has no file '{name}'{NearestWord.Suggest(name, PaperData.Files.Keys)}");
        return new StudyFile(PaperData.PathOf(name), new StudyRecipe.FetchPaper(name));
    }

    private static string Checked(string address, YamlValue place)
    {
        try
        {
            var reference = HubReference.Parse(address.Split('?')[0]);
            return reference.Path.Length > 0 || reference.Repository.IsDataset ? address : throw place.Error($"{address} names no file; write hf://datasets/ORG/NAME/PATH.");
        }
        catch (InputException error) when (!error.Message.StartsWith(place.File, StringComparison.Ordinal))
        {
            throw place.Error(error.Message);
        }
    }
}
