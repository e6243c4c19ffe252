using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Torch.Batches;
using LayerGrad.Torch.Devices;
using LayerGrad.Torch.Storage;
using TorchSharp;

namespace LayerGrad.Torch.Gradients;

/// <summary>The factors of some examples' gradients: of one, looked at where it stands, or of several of about one length, whose rows end in zeros.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Examples">Their places among the gradients that were asked for.</param>
/// <param name="Factors">Their factors.</param>
internal sealed record FactorGroup<T>(IReadOnlyList<int> Examples, IReadOnlyList<GradientFactors<T>> Factors)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How many examples.</summary>
    public int Count => Examples.Count;

    /// <summary>The tokens of the longest.</summary>
    public int Tokens { get; } = Factors.Max(one => one.Input.Rows);

    /// <summary>Columns of X.</summary>
    public int Inputs => Factors[0].Input.Columns;

    /// <summary>The gradients of an example.</summary>
    public int Weights => Factors[0].Deltas.Count;

    /// <summary>The elements of X and all Δ, with the rows of zeros.</summary>
    public long Elements => (long)Count * Tokens * (Inputs + Factors[0].Deltas.Sum(delta => (long)delta.Columns));

    /// <summary>X: examples x tokens x inputs.</summary>
    public torch.Tensor Input() => Stack([.. Factors.Select(one => one.Input)]);

    /// <summary>Δ of one weight: examples x tokens x outputs.</summary>
    /// <param name="weight">The weight's place.</param>
    public torch.Tensor Delta(int weight) => Stack([.. Factors.Select(one => one.Deltas[weight])]);

    /// <summary>The columns of Δ of one weight.</summary>
    /// <param name="weight">The weight's place.</param>
    public int Outputs(int weight) => Factors[0].Deltas[weight].Columns;

    /// <summary>Divides examples into groups.</summary>
    /// <param name="gradients">What was asked for.</param>
    /// <param name="mostRows">The rows of a group of several examples at most; 0 where each stands alone.</param>
    public static IEnumerable<FactorGroup<T>> Divide(IReadOnlyList<GradientFactors<T>> gradients, long mostRows)
    {
        // Segments serve to name lengths here: those of one call have the same weights.
        var lengths = gradients.Select((one, place) => new Segment(place, 0, one.Input.Rows));
        return PackedExamples.GroupsOf(lengths, mostRows).Select(group =>
            new FactorGroup<T>([.. group.Select(one => one.Example)], [.. group.Select(one => gradients[one.Example])]));
    }

    private torch.Tensor Stack(IReadOnlyList<Matrix<T>> matrices)
    {
        if (matrices.Count == 1)
            return matrices[0].View().unsqueeze(0);
        var views = matrices.Select(static matrix => matrix.View()).ToArray();
        var all = torch.zeros([Count, Tokens, matrices[0].Columns], views[0].dtype, views[0].device);
        for (var i = 0; i < views.Length; i++)
            all[i].narrow(0, 0, matrices[i].Rows).copy_(views[i]);
        return all;
    }
}
