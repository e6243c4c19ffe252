using System.Text.RegularExpressions;

namespace LayerGrad.Examples.Shards;

/// <summary>
/// Chooses among the files of a folder or repository those of one split, by their names, as Hugging Face's datasets does where nothing else is said
/// (<c>data/train-00000-of-00002.parquet</c>, <c>test.jsonl</c>, <c>CONFIG/validation/0000.parquet</c>).
/// </summary>
internal static partial class ShardNames
{
    /// <summary>The split that is meant where none is named.</summary>
    public const string DefaultSplit = "train";

    private static readonly string[] s_extensions = [".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".arrow", ".feather", ".ipc"];
    private static readonly string[] s_packings = [".gz", ".zst"];

    /// <summary>Files of data that hold no records: what Hugging Face's datasets writes beside its shards.</summary>
    private static readonly string[] s_descriptions = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "config.json"];

    private static readonly Dictionary<string, string> s_splits = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "train",
        ["training"] = "train",
        ["test"] = "test",
        ["testing"] = "test",
        ["eval"] = "test",
        ["evaluation"] = "test",
        ["validation"] = "validation",
        ["valid"] = "validation",
        ["val"] = "validation",
        ["dev"] = "validation",
    };

    /// <summary>A file of data.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Kind">The ending that tells its format, without that of a compression.</param>
    /// <param name="Config">The configuration that it belongs to; empty where the folder has none.</param>
    /// <param name="Split">Its split; null where its name tells none.</param>
    private sealed record DataFile(string Path, string Kind, string Config, string? Split);

    /// <summary>Whether a name ends as files of data do.</summary>
    public static bool IsData(string path) => KindOf(path) is not null;

    /// <summary>Whether there is Parquet among files.</summary>
    public static bool HasParquet(IEnumerable<string> files) => files.Any(static file => KindOf(file) == ".parquet");

    /// <summary>The files of a split, in the order of their names.</summary>
    /// <param name="display">What errors call the folder or repository.</param>
    /// <param name="files">The paths of all files, with <c>/</c> between folders.</param>
    /// <param name="config">The configuration; null for the only one, or <c>default</c>.</param>
    /// <param name="split">The split; null for <c>train</c>, or for all files where no name tells a split.</param>
    /// <exception cref="InputException">There is no such configuration or split, or it is not clear which files are meant.</exception>
    public static IReadOnlyList<string> Choose(string display, IReadOnlyList<string> files, string? config, string? split)
    {
        var data = files.Where(static file => !file.Split('/').Any(static part => part.StartsWith('.') || part.StartsWith("__", StringComparison.Ordinal)))
            .Select(Read).OfType<DataFile>().OrderBy(static file => file.Path, StringComparer.Ordinal).ToList();
        if (data.Count == 0)
            throw new InputException($"{display}: holds no file of data ({string.Join(", ", s_extensions)}; also {string.Join(" and ", s_packings)}); name the file itself.");
        if (data.Exists(static file => file.Kind == ".parquet"))
            data.RemoveAll(static file => file.Kind != ".parquet");
        data = OfConfig(display, data, config);
        data = OfSplit(display, data, split);
        string[] kinds = [.. data.Select(static file => file.Kind).Distinct()];
        return kinds.Length == 1
            ? [.. data.Select(static file => file.Path)]
            : throw new InputException($"{display}: holds files of several formats ({string.Join(", ", kinds)}), and which are meant is not clear; name the file itself.");
    }

    private static List<DataFile> OfConfig(string display, List<DataFile> data, string? config)
    {
        string[] configs = [.. data.Select(static file => file.Config).Distinct()];
        if (config is null && configs.Length > 1 && !configs.Contains("", StringComparer.Ordinal) && !configs.Contains("default", StringComparer.Ordinal))
            throw new InputException($"{display}: has the configurations {string.Join(", ", configs)}; say which, as in hf://datasets/ORG/NAME?config={configs[0]}, or name a file or folder in it.");
        var chosen = config ?? (configs.Length == 1 ? configs[0] : configs.Contains("default", StringComparer.Ordinal) ? "default" : "");
        var left = data.FindAll(file => file.Config == chosen);
        if (left.Count == 0 && chosen == "default" && configs is [""])
            left = data;
        return left.Count > 0 ? left : throw new InputException($"{display}: has no configuration '{chosen}'; there are {string.Join(", ", configs.Select(static name => name.Length == 0 ? "default" : name))}.");
    }

    private static List<DataFile> OfSplit(string display, List<DataFile> data, string? split)
    {
        string[] splits = [.. data.Select(static file => file.Split).OfType<string>().Distinct()];
        var name = split ?? DefaultSplit;
        if (splits.Length == 0 && name == DefaultSplit)
            return data;
        return data.FindAll(file => file.Split == name) is { Count: > 0 } found
            ? found
            : throw new InputException($"{display}: has no split '{name}'; there are {(splits.Length == 0 ? "none that names tell" : string.Join(", ", splits))}{(splits.Length > 0 ? $"; on the hub ?split={splits[0]} names one" : "")}.");
    }

    private static DataFile? Read(string path)
    {
        if (KindOf(path) is not { } kind || s_descriptions.Contains(System.IO.Path.GetFileName(path), StringComparer.Ordinal))
            return null;
        var parts = path.Split('/');
        var name = parts[^1][..parts[^1].IndexOf(kind, StringComparison.OrdinalIgnoreCase)];
        var folder = parts.Length > 1 ? parts[^2] : "";
        var split = Shard().Match(name) is { Success: true } shard && OwnSplit().IsMatch(shard.Groups["name"].Value) ? shard.Groups["name"].Value
            : Number().IsMatch(name) && parts.Length > 2 ? s_splits.GetValueOrDefault(folder.Replace("partial-", "", StringComparison.Ordinal), folder)
            : SplitIn(name) ?? parts.SkipLast(1).Reverse().Select(SplitIn).FirstOrDefault(static found => found is not null);

        // The first folder is a configuration, unless it is the usual place of the data or a split itself.
        var config = parts.Length > 1 && parts[0] != "data" && SplitIn(parts[0]) is null ? parts[0] : "";
        return new DataFile(path, kind, config, split);
    }

    /// <summary>The split that a word of a name tells: <c>train</c> in <c>gsm8k-train-v2</c>.</summary>
    private static string? SplitIn(string name) =>
        name.Split('-', '.', '_', ' ').Select(static word => s_splits.GetValueOrDefault(word)).FirstOrDefault(static found => found is not null);

    private static string? KindOf(string path)
    {
        var name = s_packings.FirstOrDefault(packing => path.EndsWith(packing, StringComparison.OrdinalIgnoreCase)) is { } packed ? path[..^packed.Length] : path;
        return s_extensions.FirstOrDefault(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"^(?<name>.*?)[-.]?[0-9]{5}-of-[0-9]{5}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex Shard();

    /// <summary>Splits of their own, such as <c>train_sft</c>.</summary>
    [GeneratedRegex(@"^(train|test|validation|eval)_[A-Za-z0-9_]+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex OwnSplit();

    /// <summary>The files of a split's folder in the hub's own conversions.</summary>
    [GeneratedRegex(@"^[0-9]{4}\z", RegexOptions.CultureInvariant, 30_000)]
    private static partial Regex Number();
}
