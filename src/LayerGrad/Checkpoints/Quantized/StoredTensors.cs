using System.Runtime.InteropServices;
using LayerGrad.Checkpoints.Quantized.Codes;
using LayerGrad.Checkpoints.Quantized.Scales;

namespace LayerGrad.Checkpoints.Quantized;

/// <summary>The tensors of a checkpoint as they are stored, and what is wrong with those that should fit each other.</summary>
/// <param name="location">Where the checkpoint is, for messages.</param>
/// <param name="tensors">What is said of each tensor.</param>
/// <param name="stored">The elements of those that are numbers of a floating-point type.</param>
/// <param name="bytes">The bytes of each.</param>
internal sealed class StoredTensors(string location, IReadOnlyDictionary<string, TensorInfo> tensors, IReadOnlyDictionary<string, IElements> stored, IReadOnlyDictionary<string, StoredBytes> bytes)
{
    /// <summary>The largest dimension of a matrix that is believed.</summary>
    public const long LargestSize = 1 << 28;

    /// <summary>The most elements of a companion that is read whole, such as an index of groups.</summary>
    private const long MostRead = LargestSize;

    /// <summary>All tensors.</summary>
    public IEnumerable<TensorInfo> All => tensors.Values;

    /// <summary>A tensor, or null.</summary>
    public TensorInfo? Find(string name) => tensors.GetValueOrDefault(name);

    /// <summary>A tensor without which another one says nothing.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="of">The other one.</param>
    public TensorInfo Require(string name, TensorInfo of) => Find(name)
        ?? throw Error($"stores '{of.Name}' quantised without '{name}'; the checkpoint is incomplete");

    /// <summary>The bytes of a tensor of one of some types.</summary>
    public StoredBytes Bytes(TensorInfo tensor, params ReadOnlySpan<string> types) => types.IsEmpty || types.Contains(tensor.DType)
        ? bytes[tensor.Name]
        : throw Error($"stores '{tensor.Name}' as {tensor.DType}, where {string.Join(" or ", types.ToArray())} is expected");

    /// <summary>The elements of a tensor of floating-point numbers.</summary>
    public IElements Numbers(TensorInfo tensor) => stored.GetValueOrDefault(tensor.Name)
        ?? throw Error($"stores '{tensor.Name}' as {tensor.DType}, where a floating-point type is expected");

    /// <summary>The elements of a tensor of floating-point numbers or of small integers.</summary>
    public IElements NumbersOrIntegers(TensorInfo tensor) => tensor.DType == "I8" ? new SignedBytes(Bytes(tensor)) : Numbers(tensor);

    /// <summary>All numbers of a tensor.</summary>
    public float[] ReadNumbers(TensorInfo tensor)
    {
        if (tensor.Elements > MostRead)
            throw Unfit(tensor, "fewer elements");
        var values = new float[tensor.Elements];
        Numbers(tensor).Read(0, values);
        return values;
    }

    /// <summary>The one number of a tensor that has no more.</summary>
    public float ReadNumber(TensorInfo tensor) => tensor.Elements == 1 ? ReadNumbers(tensor)[0] : throw Unfit(tensor, "one number");

    /// <summary>All integers of a tensor.</summary>
    public long[] ReadIntegers(TensorInfo tensor)
    {
        if (tensor.Elements > MostRead)
            throw Unfit(tensor, "fewer elements");
        var raw = new byte[tensor.Bytes];
        Bytes(tensor, "I32", "I64").Read(0, raw);
        return tensor.DType == "I64" ? MemoryMarshal.Cast<byte, long>(raw).ToArray() : Array.ConvertAll(MemoryMarshal.Cast<byte, int>(raw).ToArray(), static number => (long)number);
    }

    /// <summary>Which group each input belongs to, or null where they are neighbours.</summary>
    /// <param name="tensor">The index.</param>
    /// <param name="inputs">How many inputs there are.</param>
    /// <param name="groups">How many groups there are.</param>
    /// <param name="size">The inputs of a group.</param>
    public int[]? ReadGroups(TensorInfo tensor, long inputs, long groups, long size)
    {
        if (tensor.Shape is not [var length] || length != inputs)
            throw Unfit(tensor, $"[{inputs}]");
        var index = ReadIntegers(tensor);
        if (Array.FindIndex(index, group => group < 0 || group >= groups) is >= 0 and var wrong)
            throw Error($"'{tensor.Name}' says that input {wrong} is of group {index[wrong]}, but there are {groups} groups");
        return index.Select((group, input) => group == input / size).All(static plain => plain) ? null : Array.ConvertAll(index, static group => (int)group);
    }

    /// <summary>The two sizes of a matrix.</summary>
    public (int Rows, int Columns) Matrix(TensorInfo tensor) => tensor.Shape is [>= 1 and <= LargestSize, >= 1 and <= LargestSize]
        ? ((int)tensor.Shape[0], (int)tensor.Shape[1])
        : throw Unfit(tensor, "a matrix");

    /// <summary>Requires a shape.</summary>
    public void RequireShape(TensorInfo tensor, params ReadOnlySpan<long> shape)
    {
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            throw Unfit(tensor, $"[{string.Join(", ", shape.ToArray())}]");
    }

    /// <summary>The error for a shape that does not fit.</summary>
    public InputException Unfit(TensorInfo tensor, string wanted) =>
        Error($"'{tensor.Name}' has the shape [{string.Join(", ", tensor.Shape)}], which does not fit what it belongs to and quantization_config: {wanted} is expected");

    /// <summary>An error of the checkpoint.</summary>
    public InputException Error(string what) => new(OneLine.Of($"{location}: {what}"));

    /// <summary>The codes of a matrix that are stored row by row.</summary>
    public static RowCodes Rows(StoredBytes codes, long rowBytes) => new(codes, checked((int)rowBytes));
}
