using System.Globalization;
using LayerGrad.Analysis.Noise;
using LayerGrad.Runs;

namespace LayerGrad.Figures;

/// <summary>The gradient noise scale of runs over their layers.</summary>
internal static class RunNoise
{
    /// <summary>A panel a set; layers in which it is not resolved are gaps, and said.</summary>
    /// <param name="request">Which runs.</param>
    /// <exception cref="InputException">A run was measured without <c>--noise</c>, or nothing is resolved.</exception>
    public static Figure Create(FigureRequest request)
    {
        var sets = new List<CurveSet>();
        var gaps = new List<string>();
        for (var run = 0; run < request.Runs.Count; run++)
        {
            var path = request.Runs[run];
            var noise = KernelNoise.Beside(path, Math.Max(1, request.Bootstrap), request.Seed, request.Step)
                ?? throw new InputException($"{path}: has no {Path.GetFileName(new RunPaths(path).Noise)} beside it; measure it with --noise");
            var label = RunFigures.Label(request, run);
            var scales = noise.Layers.Select(layer => layer.Noise).ToArray();
            var unresolved = scales.Count(scale => !scale.IsResolved);
            if (unresolved > 0)
                gaps.Add(string.Create(CultureInfo.InvariantCulture, $"{label}: {unresolved} of {scales.Length} layers"));

            var drawn = scales.Select(scale => scale.Drawable(noise.LargestScale)).ToArray();
            sets.Add(new CurveSet(
                RunFigures.Model(request, run, RunDescription.Of(path)), "Noise scale (examples)", label, RunFigures.Count(noise.Examples),
                [.. noise.Layers.Select(layer => layer.Layer)],
                [new Curve("B", [.. drawn.Select(scale => scale.Value)], [.. drawn.Select(scale => scale.Low)], [.. drawn.Select(scale => scale.High)])],
                []));
        }

        var note = string.Create(CultureInfo.InvariantCulture, $"tr Σ / ‖g‖² of each layer; bands: 95 % bootstrap intervals ({request.Bootstrap:N0} resamples).");
        // A set that is resolved nowhere has no panel beside those that are; the note names it.
        if (sets.Exists(IsResolved))
            sets.RemoveAll(set => !IsResolved(set));
        return CurveFigure.Create(sets, request.Style with { Note = gaps.Count == 0 ? note : $"{note} Not resolved: {string.Join("; ", gaps)}." });
    }
    private static bool IsResolved(CurveSet set) => set.Curves.Any(curve => curve.Mean.Any(double.IsFinite));

    /// <summary>The scale over the training steps at which runs were probed: a panel for all weights and each projection, a line a run; a gap where it is not resolved.</summary>
    /// <param name="request">Which runs.</param>
    /// <exception cref="InputException">A run was probed without <c>--noise</c>, or the runs have other steps, or nothing is resolved.</exception>
    public static Figure OverSteps(FigureRequest request)
    {
        if (request.Step is not null)
            throw new InputException("--step chooses one training step, and this figure runs over all of them; leave it out");
        var runs = request.Runs.Select(path => NoiseOverSteps.Of(path, Math.Max(1, request.Bootstrap), request.Seed).Steps).ToArray();
        for (var run = 1; run < runs.Length; run++)
        {
            if (!runs[run].Select(step => step.Step).SequenceEqual(runs[0].Select(step => step.Step)))
                throw new InputException($"{request.Runs[run]} holds other training steps than {request.Runs[0]}; draw runs that were probed together");
        }

        string[] projections = ["all", .. runs[0][0].Noise.Projections.Select(one => one.Projection)];
        var panels = projections.Select(projection => new StepPanel(
            projection, [.. runs.Select((run, i) => (RunFigures.Label(request, i), (IReadOnlyList<double>)[.. run.Select(step => Of(step.Noise, projection).Scale.Value)]))])).ToArray();
        var unresolved = panels.Sum(panel => panel.Lines.Sum(line => line.Values.Count(double.IsNaN)));
        return LineFigure.OfSteps(
            panels, [.. runs[0].Select(step => (double)step.Step)], "Noise scale (examples)",
            request.Style with { Note = string.Create(CultureInfo.InvariantCulture, $"tr Σ / ‖g‖². Not resolved: {unresolved} of {panels.Sum(panel => panel.Lines.Sum(line => line.Values.Count))}.") });

        static NoiseScale Of(NoiseResult noise, string projection) => projection == "all" ? noise.Whole
            : noise.Projections.FirstOrDefault(one => one.Projection == projection).Noise ?? new NoiseScale(Estimate.None, Estimate.None, Estimate.None);
    }
}
