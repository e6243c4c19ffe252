using System.Numerics.Tensors;
using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Analysis.Agreement;

/// <summary>
/// How the mean gradients of sets lie to each other, from the inner products K_ij = ⟨g_i, g_j⟩ of their examples. ⟨ḡ_A, ḡ_B⟩ is the mean of K over A x B. It is kept in two
/// parts: pairs of different prompts, which are independent, so that their mean D_AB is an unbiased estimate of ⟨E g_A, E g_B⟩; and pairs of one prompt
/// (an example with itself among them), whose share w of all pairs is fixed. A draw has each part of its own pairs, and the share of the examples themselves:
/// an example that was drawn twice is no pair of independent ones, and counting it as one would put every draw of ‖ḡ‖² too high.
/// </summary>
internal sealed class SetProducts
{
    private readonly ComparedSets _sets;
    private readonly double[] _kernel;
    private readonly double[][] _own;
    private readonly (double[] Products, double[] Pairs, double Share)[,] _same;

    /// <summary>Takes a kernel.</summary>
    /// <param name="kernel">Examples x examples, row-major, symmetric.</param>
    /// <param name="examples">How many examples it has.</param>
    /// <param name="sets">The sets, of some or all of them.</param>
    public SetProducts(double[] kernel, int examples, ComparedSets sets)
    {
        _sets = sets;
        var rows = sets.Rows;
        _kernel = new double[rows.Length * rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < rows.Length; j++)
                _kernel[(i * rows.Length) + j] = kernel[(rows[i] * examples) + rows[j]];
        }

        var count = sets.Names.Count;
        _own = [.. Enumerable.Range(0, count).Select(OwnPrompt)];
        _same = new (double[], double[], double)[count, count];
        for (var a = 0; a < count; a++)
        {
            for (var b = 0; b < count; b++)
                _same[a, b] = SamePrompt(a, b);
        }
    }

    /// <summary>All numbers of every set and every pair, with intervals over draws of the prompts.</summary>
    /// <param name="replicates">How often they are drawn.</param>
    /// <param name="seed">The seed of the draws: the same draws for every kernel of these examples.</param>
    public (SetAgreement[] Sets, PairAgreement[] Pairs) Estimated(int replicates, int seed)
    {
        var ones = new double[_sets.Questions];
        Array.Fill(ones, 1);
        var here = new AgreementDraw(this, ones);
        var draws = new AgreementDraw[replicates];
        Parallel.For(0, replicates, replicate => draws[replicate] = new AgreementDraw(this, _sets.Draw(seed, replicate)));

        Estimate Over(Func<AgreementDraw, double> number) => Estimate.Percentile(number(here), Array.ConvertAll(draws, draw => number(draw)));
        SetAgreement[] sets = [.. Enumerable.Range(0, _sets.Names.Count).Select(set => new SetAgreement(
            Over(draw => draw.Independent[set, set]), Over(draw => draw.Reliability(set)), Over(draw => draw.Share[set, set])))];
        var pairs = new List<PairAgreement>();
        for (var a = 0; a < sets.Length; a++)
        {
            for (var b = a + 1; b < sets.Length; b++)
            {
                var (first, second) = (a, b);
                var resolved = sets[a].IsResolved && sets[b].IsResolved;
                pairs.Add(new PairAgreement(
                    a, b, Over(draw => draw.Cosine(first, second)),
                    resolved ? Over(draw => draw.Corrected(first, second)) : Estimate.None,
                    Over(draw => draw.Share[first, second]), Over(draw => draw.Share[second, first])));
            }
        }

        return (sets, [.. pairs]);
    }

    /// <summary>For each row, the sum of its products with the examples of a set that have its prompt.</summary>
    private double[] OwnPrompt(int set)
    {
        var size = _sets.Rows.Length;
        var sums = new double[size];
        for (var i = 0; i < size; i++)
        {
            for (var j = _sets.Starts[set]; j < _sets.Starts[set + 1]; j++)
            {
                if (_sets.QuestionOf[i] == _sets.QuestionOf[j])
                    sums[i] += _kernel[(i * size) + j];
            }
        }

        return sums;
    }

    /// <summary>For each prompt, the products of the pairs that have it and how many these are; and their share of all pairs.</summary>
    private (double[] Products, double[] Pairs, double Share) SamePrompt(int a, int b)
    {
        var (products, pairs) = (new double[_sets.Questions], new double[_sets.Questions]);
        for (var i = _sets.Starts[a]; i < _sets.Starts[a + 1]; i++)
        {
            products[_sets.QuestionOf[i]] += _own[b][i];
            pairs[_sets.QuestionOf[i]] += _sets.Counts[b][_sets.QuestionOf[i]];
        }

        return (products, pairs, pairs.Sum() / ((double)_sets.SizeOf(a) * _sets.SizeOf(b)));
    }

    /// <summary>The numbers of one draw of the prompts.</summary>
    private sealed class AgreementDraw
    {
        /// <summary>Computes them.</summary>
        /// <param name="of">The kernel.</param>
        /// <param name="counts">How often each prompt is drawn.</param>
        public AgreementDraw(SetProducts of, double[] counts)
        {
            var sets = of._sets;
            var (count, size) = (sets.Names.Count, sets.Rows.Length);
            (Independent, Mean, Share) = (new double[count, count], new double[count, count], new double[count, count]);
            double[] weights = [.. sets.QuestionOf.Select(question => counts[question])];
            double[] squares = [.. counts.Select(drawn => drawn * drawn)];
            double[] totals = [.. Enumerable.Range(0, count).Select(set => TensorPrimitives.Sum<double>(weights.AsSpan(sets.Starts[set], sets.SizeOf(set))))];
            for (var a = 0; a < count; a++)
            {
                var (sums, positive, judged) = (new double[count], new double[count], new double[count]);
                for (var i = sets.Starts[a]; i < sets.Starts[a + 1]; i++)
                {
                    if (weights[i] == 0)
                        continue;
                    for (var b = 0; b < count; b++)
                    {
                        var others = totals[b] - (weights[i] * sets.Counts[b][sets.QuestionOf[i]]);
                        if (others == 0)
                            continue;
                        var product = TensorPrimitives.Dot<double>(of._kernel.AsSpan((i * size) + sets.Starts[b], sets.SizeOf(b)), weights.AsSpan(sets.Starts[b], sets.SizeOf(b)))
                            - (weights[i] * of._own[b][i]);
                        sums[b] += weights[i] * product;
                        positive[b] += product > 0 ? weights[i] : 0;
                        judged[b] += weights[i];
                    }
                }

                for (var b = 0; b < count; b++)
                {
                    var (products, pairs, share) = of._same[a, b];
                    var independent = (totals[a] * totals[b]) - TensorPrimitives.Dot<double>(squares, pairs);
                    Independent[a, b] = independent > 0 ? sums[b] / independent : double.NaN;
                    Share[a, b] = judged[b] > 0 ? positive[b] / judged[b] : double.NaN;
                    var same = share == 0 ? 0 : TensorPrimitives.Dot<double>(counts, products) / TensorPrimitives.Dot<double>(counts, pairs);
                    Mean[a, b] = share == 1 ? same : ((1 - share) * Independent[a, b]) + (share * same);
                }
            }
        }

        /// <summary>Of each two sets, the mean product of pairs of different prompts.</summary>
        public double[,] Independent { get; }

        /// <summary>Of each two sets, ⟨ḡ_A, ḡ_B⟩.</summary>
        public double[,] Mean { get; }

        /// <summary>The share of the examples of a set whose gradient has a positive product with the mean of the other prompts' in a set.</summary>
        public double[,] Share { get; }

        /// <summary>What the mean gradients of two independent samples of a set come to; a draw whose pairs say that there is noise alone counts as the smallest.</summary>
        public double Reliability(int set) => Mean[set, set] > 0 ? Independent[set, set] / Mean[set, set] : double.IsNaN(Mean[set, set]) ? double.NaN : double.NegativeInfinity;

        /// <summary>The cosine between two mean gradients; NaN where a draw has none of them.</summary>
        public double Cosine(int a, int b) => Mean[a, a] > 0 && Mean[b, b] > 0 ? Mean[a, b] / Math.Sqrt(Mean[a, a] * Mean[b, b]) : double.NaN;

        /// <summary>The cosine between two expected gradients; where a draw has none of them, it counts as the largest of its sign.</summary>
        public double Corrected(int a, int b)
        {
            var (product, first, second) = (Independent[a, b], Independent[a, a], Independent[b, b]);
            return double.IsNaN(product) || double.IsNaN(first) || double.IsNaN(second) ? double.NaN
                : first > 0 && second > 0 ? product / Math.Sqrt(first * second)
                : product > 0 ? double.PositiveInfinity : double.NegativeInfinity;
        }
    }
}
