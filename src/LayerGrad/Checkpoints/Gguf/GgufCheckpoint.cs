using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>A GGUF file, or the files of a split one, as a checkpoint under Hugging Face's names.</summary>
internal sealed partial class GgufCheckpoint : Checkpoint
{
    private readonly List<GgufFile> _files;
    private readonly JsonElement _config;
    private readonly Dictionary<string, GgufView> _views;
    private readonly Dictionary<string, TensorInfo> _tensors;

    private GgufCheckpoint(string path, List<GgufFile> files)
    {
        Location = path;
        _files = files;
        var tensors = new Dictionary<string, GgufTensor>();
        foreach (var (name, tensor) in files.SelectMany(static file => file.Tensors))
        {
            if (!tensors.TryAdd(name, tensor))
                throw new InputException($"{tensor.Stored.File.Path}: holds the tensor '{name}', which another part of the model holds too");
        }
        var model = new GgufModel(path, files[0].Metadata, tensors);
        var architecture = GgufArchitectures.Of(model);
        _views = GgufViews.Of(model, architecture);
        _tensors = _views.ToDictionary(static view => view.Key, static view => view.Value.Info);
        _config = JsonElement.Parse(architecture.Config(model).ToJsonString());
    }

    public override string Location { get; }

    public override JsonElement Config => _config;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    public override IReadOnlyDictionary<string, object> GgufMetadata => _files[0].Metadata;

    /// <summary>Opens a file; of a split model, the first.</summary>
    public static GgufCheckpoint OpenFile(string path)
    {
        var files = new List<GgufFile>();
        try
        {
            files.Add(GgufFile.Open(path));
            OpenOtherParts(path, files);
            return new GgufCheckpoint(path, files);
        }
        catch
        {
            files.ForEach(static file => file.Dispose());
            throw;
        }
    }

    public override void Read(string name, long start, Span<float> destination) => Find(name).Read(start, destination);

    public override void Read(string name, long start, Span<double> destination) => Find(name).Read(start, destination);

    internal override void Ranges(string name, FileRange range) => Find(name).Ranges(range);

    public override string Hash() => ContentHash.Of([], [.. _files.Select(static (file, part) =>
        ($"part {part}", file.File, file.DataStart, file.Tensors.Values.Select(static tensor => new StoredBytes(tensor.Stored.File, tensor.Stored.Name, tensor.Stored.Offset, tensor.Stored.Bytes))))]);

    protected override void Dispose(bool disposing)
    {
        _files.ForEach(static file => file.Dispose());
    }

    /// <summary>Opens parts 2 to n of a model that llama.cpp's <c>gguf-split</c> cut up.</summary>
    private static void OpenOtherParts(string path, List<GgufFile> files)
    {
        var count = files[0].Metadata.GetValueOrDefault("split.count") as long? ?? 1;
        if (count <= 1)
            return;
        var match = PartName().Match(path);
        if (!match.Success || long.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture) != count)
            throw new InputException($"{path}: is one of {count} parts of a model; keep the names NAME-00001-of-{count:D5}.gguf that gguf-split gave them");
        if (match.Groups["part"].Value != "00001")
            throw new InputException($"{path}: is part {match.Groups["part"].Value} of a model; give its first part");
        for (var part = 2; part <= count; part++)
            files.Add(GgufFile.Open($"{match.Groups["name"].Value}-{part:D5}-of-{count:D5}.gguf"));
    }

    private GgufView Find(string name) =>
        _views.GetValueOrDefault(name) ?? throw new InputException($"{Location}: has no tensor '{name}'");

    [GeneratedRegex(@"^(?<name>.*)-(?<part>\d{5})-of-(?<count>\d{5})\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
