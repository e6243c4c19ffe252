using LayerGrad.Analysis;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Hub;
using LayerGrad.Measuring;
using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Data.Influence;

/// <summary>
/// Ranks training examples by what a step of gradient descent on each would take off the loss of a query set, to first order: ⟨g, ḡ⟩ with the query's mean gradient
/// (TracIn with one checkpoint, Pruthi et al. 2020, arXiv 2002.08484), and the cosine (as LESS compares, Xia et al. 2024, arXiv 2402.04333).
/// </summary>
internal static class InfluenceRun
{
    /// <summary>Computes and writes the ranking.</summary>
    /// <param name="options">What to rank, and for which query.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancel">Gives it up; nothing is written.</param>
    /// <exception cref="InputException">An option, an input or the output is wrong; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing was written.</exception>
    public static InfluenceResult Execute(InfluenceOptions options, IMeasureObserver? observer = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using var held = RunLock.TakeFor(options.Measure.Out);
        using var inputs = MeasureInputs.Open(options.Measure, [options.Measure.Out]);
        var source = options.QuerySource ?? DatasetResolver.Resolve(options.Query, options.Measure.Spool, cancellation: cancel);
        OutputPlaces.Check("--out", [options.Measure.Out], source.Files);
        var query = Dataset.Load(source, options.Measure.Fields, end: options.QueryLimit);
        var encoder = inputs.CreateEncoder(options.Measure.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today));
        var (training, labels, kept) = Exchanged(options, inputs);
        var work = new Work(options, [.. training.Select(encoder)], [.. query.Examples.Select(encoder)], labels, kept, observer, cancel);
        var result = options.Measure.Measurement.Precision == Precision.Float64 ? Rank<double>(work, inputs) : Rank<float>(work, inputs);
        InfluenceFile.Write(options.Measure.Out, result);
        return result;
    }

    /// <summary>The training examples, a share of them with answers dealt out among each other where the check is asked for.</summary>
    private static (IReadOnlyList<Example> Examples, HashSet<int> Mislabelled, int Kept) Exchanged(InfluenceOptions options, MeasureInputs inputs)
    {
        if (options.Mislabel is not { } share)
            return (inputs.Examples, [], 0);
        inputs.Dataset!.RequireTexts("the check with exchanged answers");
        var count = (int)Math.Round(share * inputs.Examples.Count);
        if (count < 2)
            throw new InputException(FormattableString.Invariant($"--mislabel {share}: is {count} of {inputs.Examples.Count} examples; two or more are needed to exchange their answers"));
        int[] places = [.. new SeededRandom((ulong)options.Seed).Sample(inputs.Examples.Count, count).Order()];
        var exchanged = Corruption.Corrupt([.. places.Select(place => inputs.Examples[place])], CorruptionMode.Answers, (ulong)options.Seed, sameAllowed: true, options.Measure.Data);
        Example[] examples = [.. inputs.Examples];
        var mislabelled = new HashSet<int>();
        foreach (var (place, example) in places.Zip(exchanged.Examples))
        {
            if (examples[place].Output.Trim() != example.Output.Trim())
                mislabelled.Add(example.Index);
            examples[place] = example;
        }

        return (examples, mislabelled, exchanged.Unchanged);
    }

    private static InfluenceResult Rank<T>(Work work, MeasureInputs inputs)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var options = work.Options;
        RequireOne(options.Query, work.Query);
        RequireOne(options.Measure.Data, work.Training);
        using var engine = new InfluenceEngine<T>(options.Measure, inputs);
        var groups = WeightGroup.Of(options.Groups, [.. engine.Weights.Select(weight => weight.Name)], inputs.Model.Specification.Layers.Count);
        engine.Announce(work.Observer, [.. work.Query, .. work.Training]);
        var (examples, tokens) = (0, 0L);
        var (squares, queries) = engine.Query(options.Query, work.Query, Advanced, work.Cancel);
        double[] queryNorms = [.. groups.Select(group => Math.Sqrt(group.Weights.Sum(weight => squares[weight])))];
        var scores = new List<InfluenceScore>();
        var skipped = work.Query.Where(example => example.Tokens is null).Select(example => Skip(options.Query, example))
            .Concat(work.Training.Where(example => example.Tokens is null).Select(example => Skip(options.Measure.Data, example))).ToList();
        engine.Train(work.Training, Advanced, Take, (example, reason) => skipped.Add(new KernelSkip(options.Measure.Data, example.Example.Index, reason)), work.Cancel);
        if (scores.Count == 0)
            throw new InputException($"{options.Measure.Data}: no example can be measured: {skipped[^1].Reason}.");
        var check = options.Mislabel is null ? null : MislabelCheck.Of([.. groups.Select(group => group.Name)], scores, work.Kept, options.Bootstrap, options.Seed);
        InfluenceScore[] ranked = [.. scores.OrderByDescending(score => options.ByProduct ? score.Products[0] : score.Cosines[0]).ThenBy(score => score.Example.Index)];
        return new InfluenceResult(options, [.. groups.Select(group => group.Name)], queries, queryNorms, ranked, skipped, check, [.. Notes(check, queries)]);

        void Advanced(int more, int moreTokens)
        {
            (examples, tokens) = (examples + more, tokens + moreTokens);
            work.Observer?.Advanced(new MeasureProgress(examples, 0, tokens));
        }

        void Take(EncodedExample example, double loss, IReadOnlyList<double> inner, IReadOnlyList<double> squaredNorms)
        {
            double[] products = [.. groups.Select(group => group.Weights.Sum(weight => inner[weight]))];
            double[] norms = [.. groups.Select(group => Math.Sqrt(group.Weights.Sum(weight => squaredNorms[weight])))];
            scores.Add(new InfluenceScore(
                example.Example, loss, example.Tokens!.ResponseLength, products, norms, [.. products.Select((product, group) => product / (norms[group] * queryNorms[group]))],
                work.Mislabelled.Contains(example.Example.Index)));
        }
    }

    private static void RequireOne(string name, IReadOnlyList<EncodedExample> examples)
    {
        if (!examples.Any(example => example.Tokens is not null))
            throw new InputException($"{name}: no example can be measured: {(examples.Count == 0 ? "the file has none" : examples[0].SkipReason ?? "no token of the response")}.");
    }

    private static KernelSkip Skip(string file, EncodedExample example) => new(file, example.Example.Index, example.SkipReason ?? "no token of the response");

    private static IEnumerable<string> Notes(MislabelCheck? check, int queries)
    {
        yield return "to first order, at this checkpoint, without the state of an optimizer: it tells which way a small step goes, not what a training comes to";
        if (queries < Comparison.FewExamples)
            yield return $"{queries} examples of the query are few: their mean gradient may be noise; 'layergrad agreement' on a kernel of the query tells";
        if (check is not null && Math.Min(check.Mislabelled, check.Others) < Comparison.FewExamples)
            yield return $"{check.Mislabelled} mislabelled examples are few: intervals of fewer than {Comparison.FewExamples} are too narrow to be trusted";
        if (check is { Kept: > 0 })
            yield return $"{check.Kept} of the examples that were drawn got an answer of the same text and count among the others";
    }

    /// <summary>What both element types are asked to do.</summary>
    private sealed record Work(
        InfluenceOptions Options, IReadOnlyList<EncodedExample> Training, IReadOnlyList<EncodedExample> Query, HashSet<int> Mislabelled, int Kept, IMeasureObserver? Observer, CancellationToken Cancel);
}
