using LayerGrad.Compute;
using LayerGrad.Torch.Gradients;
using LayerGrad.Torch.Results;
using TorchSharp;

namespace LayerGrad.Torch.Devices;

/// <content>
/// Statistics of weight gradients from their factors. The device sums inner products, forms tiles for the extremes, and solves large symmetric problems; the small ones wait in the outbox and
/// are solved on threads of the host while the device goes on.
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <summary>Columns of a factor widened, or tiles of a gradient, on a processor.</summary>
    private const long ProcessorTile = 4L << 20;

    /// <summary>The largest order of a symmetric problem that goes from a GPU to threads of the host.</summary>
    private const int LargestFromGpu = 256;

    /// <summary>The largest order of a symmetric problem that goes to threads of the host, where it is not left to the device.</summary>
    internal int? LargestForHost { get; init; }

    /// <inheritdoc />
    public override DeviceResult<GradientSummary[][]> Summarize(IReadOnlyList<GradientFactors<T>> gradients)
    {
        var results = new GradientSummary[gradients.Count][];
        for (var i = 0; i < results.Length; i++)
            results[i] = [.. gradients[i].Deltas.Select(static _ => new GradientSummary(0, 0, 0, 0, []))];
        var layouts = new List<(SummaryLayout Layout, int Offset)>();
        var numbers = Numbers(gradients, layouts);
        if (numbers is null)
            return new DeviceResult<GradientSummary[][]>(results);
        var examples = layouts.SelectMany(static item => item.Layout.Examples.Select((place, row) => (item.Layout, Place: place, Start: item.Offset + row * item.Layout.Length))).ToArray();
        var work = new HostWork(examples.Length, (values, task, spectrum) =>
        {
            var (layout, place, start) = examples[task];
            results[place] = layout.Read(values.Span.Slice(start, layout.Length), spectrum);
        });

        // No more waits than an activation of these tokens takes.
        var activation = gradients.Sum(static one => one.Input.Count) * ElementBytes;
        return _outbox.Add(numbers, _ => results, work, activation);
    }

    /// <summary>
    /// Where libtorch computes on the processor too, the host's own routines are three times as fast as its eigvalsh at an order of 400, so
    /// all problems go there that together take no more than the activation they come from.
    /// </summary>
    private int LargestOf(FactorGroup<T> group)
    {
        if (!OnProcessor)
            return LargestFromGpu;
        var triangles = sizeof(double) * (1L + group.Weights) * InnerProductSpectrum.Packed(group.Tokens);
        return Math.Max(LargestFromGpu, triangles <= (long)group.Tokens * group.Inputs * ElementBytes ? group.Tokens : 0);
    }

    /// <summary>Everything that the host needs, one dimension in float64; null where no example has a token.</summary>
    private torch.Tensor? Numbers(IReadOnlyList<GradientFactors<T>> gradients, List<(SummaryLayout Layout, int Offset)> layouts)
    {
        var (length, parts) = (0, new List<torch.Tensor>());
        try
        {
            foreach (var group in FactorGroup<T>.Divide(gradients, RowsOfGroups))
            {
                var summary = new GroupSummary<T>(group, LargestForHost ?? LargestOf(group), OnProcessor ? ProcessorTile : AcceleratorChunk);
                Do(summary.WorkBytes, () =>
                {
                    var (layout, values) = summary.Compute();
                    parts.Add(values.DetachFromDisposeScope());
                    layouts.Add((layout, length));
                    length += layout.Length * group.Count;
                });
            }

            torch.Tensor? joined = null;
            if (parts.Count > 0)
                Do(0, () => joined = torch.cat(parts).DetachFromDisposeScope());
            return joined;
        }
        finally
        {
            foreach (var part in parts)
                part.Dispose();
        }
    }
}
