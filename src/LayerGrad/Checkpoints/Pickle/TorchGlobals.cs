namespace LayerGrad.Checkpoints.Pickle;

/// <summary>
/// The closed list of names that a state dict of plain tensors needs, and what calling them gives. The list is what
/// <c>torch.load(weights_only=True)</c> allows (PyTorch, <c>torch/_weights_only_unpickler.py</c>), less everything that is not a dense tensor.
/// </summary>
internal static class TorchGlobals
{
    private static readonly HashSet<string> s_functions =
    [
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
        "torch.nn.parameter.Parameter",
        "torch.Size",
    ];

    /// <summary>The name, if it is on the list.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="name">Its name in the module.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="InputException">It is not on the list.</exception>
    public static PickleGlobal Find(string module, string name, string path)
    {
        var global = new PickleGlobal(module, name);
        if (s_functions.Contains(global.ToString()) || TorchTypes.OfStorage(global) is not null || TorchTypes.OfType(global) is not null)
            return global;
        throw new InputException(
            $"{path}: the pickle in it asks Python for {OneLine.Of(Shortened(global.ToString()))}, which a file of weights does not need; it is refused, since a pickle can run any code: save the model as safetensors");
    }

    /// <summary>What a call of a name on the list gives.</summary>
    /// <param name="function">The name.</param>
    /// <param name="arguments">What it is called with.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="InputException">The arguments are none that PyTorch writes.</exception>
    public static object? Call(PickleGlobal function, object?[] arguments, string path) => (function.ToString(), arguments) switch
    {
        ("collections.OrderedDict", []) => new Dictionary<object, object?>(),
        ("collections.OrderedDict", [List<object?> pairs]) => Dictionary(pairs, path),
        ("torch.Size", [object?[] or List<object?>]) => arguments[0],
        ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" or "torch.nn.parameter.Parameter", [TorchTensor tensor, ..]) => tensor,
        ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2", [TorchStorage storage, long offset, object?[] shape, object?[] strides, ..]) =>
            Tensor(storage, offset, shape, strides, path),
        ("torch._utils._rebuild_tensor_v3", [TorchStorage storage, long offset, object?[] shape, object?[] strides, _, _, PickleGlobal type, ..]) =>
            Tensor(Typed(storage, type, path), offset, shape, strides, path),
        _ => throw Unexpected(function, path),
    };

    /// <summary>An untyped storage (of bytes) seen as elements of a type.</summary>
    private static TorchStorage Typed(TorchStorage storage, PickleGlobal type, string path)
    {
        var name = TorchTypes.OfType(type) ?? throw Unexpected(type, path);
        var bytes = Safetensors.SafetensorsDType.Find(name)!.Bits / 8;
        return storage with { DType = name, Elements = storage.Elements / bytes };
    }

    private static TorchTensor Tensor(TorchStorage storage, long offset, object?[] shape, object?[] strides, string path)
    {
        var tensor = new TorchTensor(storage, offset, Numbers(shape, path), Numbers(strides, path));
        if (tensor.Shape.Length != tensor.Strides.Length || offset < 0 || tensor.Shape.Any(size => size < 0))
            throw Wrong(path);
        if (Last(tensor) is var last && (last < 0 || last > storage.Elements))
            throw Wrong(path);
        return tensor;
    }

    /// <summary>One more than the largest element of the storage that the tensor reaches; -1 where that overflows.</summary>
    private static long Last(TorchTensor tensor)
    {
        if (tensor.Shape.Contains(0))
            return tensor.Offset;
        Int128 last = tensor.Offset;
        for (var i = 0; i < tensor.Shape.Length; i++)
        {
            if (tensor.Strides[i] < 0)
                return -1;
            last += (Int128)(tensor.Shape[i] - 1) * tensor.Strides[i];
            if (last >= long.MaxValue)
                return -1;
        }

        return (long)last + 1;
    }

    private static Dictionary<object, object?> Dictionary(List<object?> pairs, string path)
    {
        var dictionary = new Dictionary<object, object?>();
        foreach (var pair in pairs)
        {
            var (key, value) = pair switch
            {
                List<object?> { Count: 2 } list => (list[0], list[1]),
                object?[] { Length: 2 } tuple => (tuple[0], tuple[1]),
                _ => throw Wrong(path),
            };
            dictionary[key as string ?? throw Wrong(path)] = value;
        }

        return dictionary;
    }

    private static long[] Numbers(object?[] values, string path) => Array.ConvertAll(values, value => value is long number ? number : throw Wrong(path));

    private static InputException Unexpected(PickleGlobal function, string path) =>
        new($"{path}: the pickle in it uses {function} in a way that PyTorch does not; get the file again, or save the model as safetensors");

    private static InputException Wrong(string path) =>
        new($"{path}: the pickle in it describes a tensor that does not fit its storage; get the file again, or save the model as safetensors");

    private static string Shortened(string text) => text.Length > 100 ? text[..100] + "…" : text;
}
