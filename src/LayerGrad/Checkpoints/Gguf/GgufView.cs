using System.Numerics.Tensors;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>A tensor in Hugging Face's form as a view of one in the file.</summary>
/// <param name="Info">Name and shape in Hugging Face's form.</param>
/// <param name="Stored">The elements in the file.</param>
/// <param name="Order">How its rows are ordered there, or null where they are in place.</param>
/// <param name="Shift">What is added to each element.</param>
internal sealed record GgufView(TensorInfo Info, StoredTensor Stored, RowOrder? Order, float Shift)
{
    /// <summary>A tensor whose rows follow those of this one, where the file has split what is one tensor at Hugging Face; or null.</summary>
    public GgufView? Below { get; init; }

    /// <summary>A tensor made of this one's rows and those of another one.</summary>
    /// <param name="below">The other one.</param>
    public GgufView Above(GgufView below) => this with
    {
        Info = Info with { Shape = [Info.Shape[0] + below.Info.Shape[0], .. Info.Shape[1..]], Bytes = Info.Bytes + below.Info.Bytes },
        Below = below,
    };

    /// <summary>Tells in which parts of which files it stands.</summary>
    /// <param name="range">Is told of each part.</param>
    public void Ranges(FileRange range)
    {
        Stored.Ranges(range);
        Below?.Ranges(range);
    }

    /// <summary>Reads elements as float32.</summary>
    public void Read(long start, Span<float> destination)
    {
        if (Below is { } below && start + destination.Length > Stored.Elements)
        {
            var own = (int)Math.Max(0, Stored.Elements - start);
            below.Read(start + own - Stored.Elements, destination[own..]);
            destination = destination[..own];
        }

        while (!destination.IsEmpty)
        {
            var (position, count) = Run(start, destination.Length);
            Stored.Read(position, destination[..count]);
            if (Shift != 0)
                TensorPrimitives.Add(destination[..count], Shift, destination);
            start += count;
            destination = destination[count..];
        }
    }

    /// <summary>Reads elements as float64.</summary>
    public void Read(long start, Span<double> destination)
    {
        if (Below is { } below && start + destination.Length > Stored.Elements)
        {
            var own = (int)Math.Max(0, Stored.Elements - start);
            below.Read(start + own - Stored.Elements, destination[own..]);
            destination = destination[..own];
        }

        while (!destination.IsEmpty)
        {
            var (position, count) = Run(start, destination.Length);
            Stored.Read(position, destination[..count]);
            if (Shift != 0)
                TensorPrimitives.Add(destination[..count], (double)Shift, destination);
            start += count;
            destination = destination[count..];
        }
    }

    /// <summary>Where an element stands in the file, and how many after it follow there too.</summary>
    private (long Position, int Count) Run(long start, int most)
    {
        if (start < 0 || start + most > Info.Elements)
            throw new ArgumentOutOfRangeException(nameof(start), $"elements [{start}, {start + most}) of {Info.Name}, which has {Info.Elements}");
        if (Order is null)
            return (start, most);
        var rowLength = Info.Shape.Length > 1 ? Info.Shape[^1] : 1;
        var (row, within) = Math.DivRem(start, rowLength);
        var stored = Order.Stored(row);
        var count = rowLength - within;
        for (var next = 1; count < most && Order.Stored(row + next) == stored + next; next++)
            count += rowLength;
        return ((stored * rowLength) + within, (int)Math.Min(count, most));
    }
}
