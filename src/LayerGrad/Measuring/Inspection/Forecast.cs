using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Packing;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Inspection;

/// <summary>What <c>measure</c> would take for a dataset, told before it: its plan, with time and memory.</summary>
/// <param name="Plan">What the run would do.</param>
/// <param name="Skipped">Examples that it would skip.</param>
/// <param name="Encoded">Examples that were made into tokens to tell; where these are not all, the other numbers follow from them.</param>
/// <param name="Counted">Tokens whose loss counts.</param>
internal sealed record Forecast(MeasurePlan Plan, int Skipped, int Encoded, long Counted)
{
    /// <summary>Of a larger selection, so many examples, evenly spaced, stand for all.</summary>
    private const int MostEncoded = 2000;

    /// <summary>Tells of a run with the plan that it would make itself. Nothing is loaded or written.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What would be measured, and on what.</param>
    /// <param name="examples">The selected examples.</param>
    /// <param name="encode">Makes an example into tokens.</param>
    /// <exception cref="InputException">The memory does not suffice, or the options do not fit the model.</exception>
    public static Forecast Of(LoadedModel model, MeasureRunOptions options, IReadOnlyList<Example> examples, Func<Example, EncodedExample> encode)
    {
        var shares = options.Shares().ToList();
        var every = (examples.Count + MostEncoded - 1) / MostEncoded;
        List<EncodedExample> encoded = [.. examples.Where((_, i) => i % every == 0).Select(encode)];
        List<ExampleLength> lengths = [.. new PackingWindow(0, encoded).Lengths];
        var oneWindow = every == 1 && PackingWindow.Pack(encoded, MemoryPlan.SmallestTokenBudget).Count == 1;
        var estimate = Measurers.Estimate(model, shares[0] with { OneWindow = oneWindow });
        var scale = (double)examples.Count / encoded.Count;
        var windows = every == 1
            ? PackingWindow.Pack(encoded, estimate.Plan.TokenBudget).Count
            : (int)Math.Ceiling(scale * lengths.Sum(length => (double)length.Tokens) / estimate.Plan.TokenBudget);
        var plan = new MeasurePlan(
            examples.Count, 0, Scaled(lengths.Sum(length => (long)length.Tokens)), windows, estimate.Plan.TokenBudget, estimate.Weights,
            shares.Count == 1 ? estimate.Device : $"{shares.Count} devices such as {estimate.Device}", estimate.Plan, estimate.Time.For(lengths).Times(scale / shares.Count))
        {
            Adapter = model.AdapterSummary,
            WeightNotes = model.Notes,
        };
        return new Forecast(plan, (int)Scaled(encoded.Count - lengths.Count), encoded.Count, Scaled(lengths.Sum(length => (long)length.Counted)));

        long Scaled(long count) => (long)Math.Round(scale * count);
    }
}
