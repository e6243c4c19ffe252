using System.Numerics;
using System.Runtime.InteropServices;

namespace LayerGrad.Compute.Cpu;

/// <content>The steps of optimisers.</content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override void AdamW(Matrix<T> weight, Matrix<T> gradient, Matrix<T> firstMoment, Matrix<T> secondMoment, AdamWUpdate update)
    {
        RequireSameShape(weight, gradient);
        RequireSameShape(weight, firstMoment);
        RequireSameShape(weight, secondMoment);
        var factors = AdamWFactors.Of(update);
        ForRows(weight.Rows, weight.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
                AdamWRow(weight.Row(row), gradient.Row(row), firstMoment.Row(row), secondMoment.Row(row), factors);
        });
    }

    /// <summary>One pass over four rows: the update is bound by memory, so the moments are not visited twice.</summary>
    private static void AdamWRow(Span<T> weight, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, AdamWFactors f)
    {
        var width = Vector<T>.Count;
        var whole = weight.Length - weight.Length % width;
        var weights = MemoryMarshal.Cast<T, Vector<T>>(weight[..whole]);
        var gradients = MemoryMarshal.Cast<T, Vector<T>>(gradient[..whole]);
        var firsts = MemoryMarshal.Cast<T, Vector<T>>(first[..whole]);
        var seconds = MemoryMarshal.Cast<T, Vector<T>>(second[..whole]);
        for (var i = 0; i < weights.Length; i++)
        {
            var g = gradients[i];
            var m = firsts[i] + (g - firsts[i]) * f.OneMinusBeta1;
            var v = seconds[i] * f.Beta2 + g * g * f.OneMinusBeta2;
            (firsts[i], seconds[i]) = (m, v);
            weights[i] = weights[i] * f.Decay - m / (Vector.SquareRoot(v) / new Vector<T>(f.RootOfCorrection2) + new Vector<T>(f.Epsilon)) * f.StepSize;
        }

        for (var i = whole; i < weight.Length; i++)
        {
            var g = gradient[i];
            first[i] += (g - first[i]) * f.OneMinusBeta1;
            second[i] = second[i] * f.Beta2 + g * g * f.OneMinusBeta2;
            weight[i] = weight[i] * f.Decay - first[i] / (T.Sqrt(second[i]) / f.RootOfCorrection2 + f.Epsilon) * f.StepSize;
        }
    }

    /// <summary>What a step's settings become in the element type; differences are taken before they are rounded to it.</summary>
    private readonly record struct AdamWFactors(T Decay, T OneMinusBeta1, T Beta2, T OneMinusBeta2, T RootOfCorrection2, T Epsilon, T StepSize)
    {
        public static AdamWFactors Of(AdamWUpdate update) => new(
            T.CreateTruncating(1 - update.LearningRate * update.WeightDecay),
            T.CreateTruncating(1 - update.Beta1),
            T.CreateTruncating(update.Beta2),
            T.CreateTruncating(1 - update.Beta2),
            T.CreateTruncating(Math.Sqrt(1 - Math.Pow(update.Beta2, update.Step))),
            T.CreateTruncating(update.Epsilon),
            T.CreateTruncating(update.LearningRate / (1 - Math.Pow(update.Beta1, update.Step))));
    }
}
