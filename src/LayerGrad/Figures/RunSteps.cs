
namespace LayerGrad.Figures;

/// <summary>How a metric changes over the training steps at which a run's examples were probed.</summary>
internal static class RunSteps
{
    public static Figure HeatMap(FigureRequest request)
    {
        var runs = Read(request);
        var rows = runs.Select((run, i) => (IReadOnlyList<HeatMap>)[.. RunFigures.Chosen(request, run.Layout.Projections, request.Runs[i]).Select(projection => new HeatMap(
            $"{RunFigures.Label(request, i)}, {run.Layout.Projections[projection]}", "",
            [.. Enumerable.Range(0, run.Layout.Layers.Length).Select(layer => (IReadOnlyList<double>)[.. run.Steps.Values.Select(step => step.Mean(projection, layer))])]))]).ToArray();
        return HeatMapFigure.OfSteps(rows, [.. runs[0].Steps.Keys.Select(step => (double)step)], request.Metric.AxisLabel, request.Style);
    }

    public static Figure Progress(FigureRequest request)
    {
        var runs = Read(request);
        var layout = runs[0].Layout;
        var panels = RunFigures.Chosen(request, layout.Projections, request.Runs[0]).Select(projection => new StepPanel(
            layout.Projections[projection],
            [.. runs.Select((run, i) => (RunFigures.Label(request, i), (IReadOnlyList<double>)[.. run.Steps.Values.Select(step =>
                Enumerable.Range(0, layout.Layers.Length).Average(layer => step.Mean(projection, layer)))]))])).ToArray();
        return LineFigure.OfSteps(panels, [.. runs[0].Steps.Keys.Select(step => (double)step)], request.Metric.AxisLabel, request.Style with { Note = "Mean over layers and examples." });
    }

    private static StepRun[] Read(FigureRequest request)
    {
        if (request.Step is not null)
            throw new InputException("--step chooses one training step, and this figure runs over all of them; leave it out");
        var runs = request.Runs.Select(path => StepRun.Read(path, request.Metric, request.SkipBad)).ToArray();
        for (var i = 1; i < runs.Length; i++)
        {
            if (!runs[i].Steps.Keys.SequenceEqual(runs[0].Steps.Keys))
                throw new InputException($"{request.Runs[i]} holds other training steps than {request.Runs[0]}; draw runs that were probed together");
            if (!runs[i].Layout.Projections.SequenceEqual(runs[0].Layout.Projections) || !runs[i].Layout.Layers.SequenceEqual(runs[0].Layout.Layers))
                throw new InputException($"{request.Runs[i]} holds other layers or projections than {request.Runs[0]}; draw runs of one model");
        }

        return runs;
    }
}
