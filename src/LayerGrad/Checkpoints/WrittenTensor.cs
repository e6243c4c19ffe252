using System.Numerics.Tensors;

namespace LayerGrad.Checkpoints;

/// <summary>A tensor for <see cref="CheckpointWriter"/>: a name, a shape and float32 or float64 elements.</summary>
internal sealed class WrittenTensor
{
    private readonly ReadOnlyMemory<float> _singles;
    private readonly ReadOnlyMemory<double> _doubles;

    /// <summary>A tensor of float32 elements, row by row.</summary>
    public WrittenTensor(string name, long[] shape, ReadOnlyMemory<float> values)
    {
        (Name, Shape, _singles) = (name, shape, values);
        CheckShape(values.Length);
    }

    /// <summary>A tensor of float64 elements, row by row.</summary>
    public WrittenTensor(string name, long[] shape, ReadOnlyMemory<double> values)
    {
        (Name, Shape, _doubles) = (name, shape, values);
        CheckShape(values.Length);
    }

    /// <summary>A tensor that holds the elements of others, one behind the other.</summary>
    internal static WrittenTensor Concatenate(string name, long[] shape, IReadOnlyList<WrittenTensor> parts)
    {
        var elements = parts.Sum(static part => (long)part.Elements);
        if (parts.All(static part => part._doubles.IsEmpty))
        {
            var singles = new float[elements];
            Gather(parts, (part, start) => part.CopyTo(0, singles.AsSpan(start, part.Elements)));
            return new WrittenTensor(name, shape, singles);
        }

        var doubles = new double[elements];
        Gather(parts, (part, start) => part.CopyTo(0, doubles.AsSpan(start, part.Elements)));
        return new WrittenTensor(name, shape, doubles);
    }

    /// <summary>The matrix with its rows as columns.</summary>
    internal WrittenTensor Transposed()
    {
        long[] shape = [Shape[1], Shape[0]];
        return _doubles.IsEmpty ? new WrittenTensor(Name, shape, Transposed(_singles.Span)) : new WrittenTensor(Name, shape, Transposed(_doubles.Span));
    }

    /// <summary>Its name in Hugging Face's form.</summary>
    public string Name { get; }

    /// <summary>Its dimensions, the slowest first.</summary>
    public long[] Shape { get; }

    /// <summary>How many elements it has.</summary>
    public int Elements => Math.Max(_singles.Length, _doubles.Length);

    /// <summary>Copies the elements from <paramref name="start"/> on, rounded to nearest where they are float64.</summary>
    internal void CopyTo(int start, Span<float> destination)
    {
        if (_doubles.IsEmpty)
            _singles.Span.Slice(start, destination.Length).CopyTo(destination);
        else
            TensorPrimitives.ConvertTruncating(_doubles.Span.Slice(start, destination.Length), destination);
    }

    /// <summary>Copies the elements from <paramref name="start"/> on.</summary>
    internal void CopyTo(int start, Span<double> destination)
    {
        if (_doubles.IsEmpty)
            TensorPrimitives.ConvertTruncating(_singles.Span.Slice(start, destination.Length), destination);
        else
            _doubles.Span.Slice(start, destination.Length).CopyTo(destination);
    }

    private ReadOnlyMemory<T> Transposed<T>(ReadOnlySpan<T> values)
    {
        var (rows, columns) = ((int)Shape[0], (int)Shape[1]);
        var transposed = new T[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                transposed[(column * rows) + row] = values[(row * columns) + column];
        }

        return transposed;
    }

    private static void Gather(IReadOnlyList<WrittenTensor> parts, Action<WrittenTensor, int> copy)
    {
        var start = 0;
        foreach (var part in parts)
        {
            copy(part, start);
            start += part.Elements;
        }
    }

    private void CheckShape(int elements)
    {
        if (Shape.Aggregate(1L, static (product, dimension) => product * dimension) != elements)
            throw new ArgumentException($"{Name} has {elements} elements, which [{string.Join(", ", Shape)}] does not", nameof(elements));
    }
}
