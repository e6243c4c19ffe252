using System.Globalization;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>What a GGUF file, or all files of a split one, say of their model: typed metadata and tensors by the format's names.</summary>
/// <param name="Path">The (first) file, for error messages.</param>
/// <param name="Metadata">The metadata by key.</param>
/// <param name="Tensors">The tensors by the format's names.</param>
internal sealed record GgufModel(string Path, IReadOnlyDictionary<string, object> Metadata, IReadOnlyDictionary<string, GgufTensor> Tensors)
{
    /// <summary>The name of the architecture, such as <c>llama</c>.</summary>
    public string Architecture { get; } = Metadata.GetValueOrDefault("general.architecture") as string
        ?? throw new InputException($"{Path}: has no text 'general.architecture' in its metadata; it is not the file of a model");

    /// <summary>A value under the architecture's prefix, or null.</summary>
    public object? Find(string key) => Metadata.GetValueOrDefault($"{Architecture}.{key}");

    /// <summary>A whole number under the architecture's prefix, or null.</summary>
    /// <exception cref="InputException">It is something else, or a list whose numbers differ from layer to layer.</exception>
    public long? FindInteger(string key) => Find(key) switch
    {
        null => null,
        long number => number,
        int[] { Length: > 0 } numbers when numbers.All(number => number == numbers[0]) => numbers[0],
        int[] => throw new InputException($"{Path}: gives '{Architecture}.{key}' a number for each layer; models whose layers differ are not supported"),
        _ => throw new InputException($"{Path}: gives '{Architecture}.{key}' a value that is not a whole number"),
    };

    /// <summary>A whole number above zero under the architecture's prefix.</summary>
    /// <exception cref="InputException">It is missing or something else.</exception>
    public long Integer(string key) => FindInteger(key) switch
    {
        null => throw new InputException($"{Path}: has no '{Architecture}.{key}' in its metadata; convert the model again"),
        < 1 => throw new InputException($"{Path}: gives '{Architecture}.{key}' a value below one"),
        var number => number.Value,
    };

    /// <summary>A number under the architecture's prefix, or null.</summary>
    /// <exception cref="InputException">It is something else.</exception>
    public double? FindNumber(string key) => Find(key) switch
    {
        null => null,
        double number when double.IsFinite(number) => number,
        long number => number,
        double number => throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{Path}: gives '{Architecture}.{key}' the value {number}, which is not finite")),
        var other => throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{Path}: gives '{Architecture}.{key}' the value '{other}', which is not a number")),
    };

    /// <summary>A number under the architecture's prefix.</summary>
    /// <exception cref="InputException">It is missing or something else.</exception>
    public double Number(string key) =>
        FindNumber(key) ?? throw new InputException($"{Path}: has no '{Architecture}.{key}' in its metadata; convert the model again");

    /// <summary>Number of layers; each has a tensor at least.</summary>
    public long Layers => Integer("block_count") is var layers && layers <= Tensors.Count
        ? layers
        : throw new InputException($"{Path}: '{Architecture}.block_count' promises {layers} layers, but the file has {Tensors.Count} tensors; it is damaged or cut off");

    /// <summary>Number of layers that have a part in the loss: all but those at the end that predict tokens further ahead.</summary>
    public long MainLayers => FindInteger("nextn_predict_layers") switch
    {
        null => Layers,
        var ahead when ahead >= 0 && ahead < Layers => Layers - ahead.Value,
        var ahead => throw new InputException($"{Path}: '{Architecture}.nextn_predict_layers' is {ahead}, but there are {Layers} layers"),
    };

    /// <summary>Number of query heads.</summary>
    public long Heads => Integer("attention.head_count");

    /// <summary>Number of key and value heads.</summary>
    public long KeyValueHeads => FindInteger("attention.head_count_kv") ?? Heads;

    /// <summary>Width of the residual stream.</summary>
    public long Width => Integer("embedding_length");

    /// <summary>Width of a head.</summary>
    public long HeadWidth => FindInteger("attention.key_length") ?? Width / Heads;

    /// <summary>Number of experts of a layer, zero for a dense model.</summary>
    public long Experts => FindInteger("expert_count") ?? 0;

    /// <summary>Whether there is a tensor of the first layer that has one.</summary>
    /// <param name="name">Its name behind <c>blk.N.</c>, such as <c>attn_q.bias</c>.</param>
    public bool HasInLayers(string name) => FindInLayers(name) is not null;

    /// <summary>The tensor of the first layer that has one, or null.</summary>
    public GgufTensor? FindInLayers(string name) => Enumerable.Range(0, (int)Layers)
        .Select(layer => Tensors.GetValueOrDefault($"blk.{layer}.{name}"))
        .FirstOrDefault(static tensor => tensor is not null);
}
