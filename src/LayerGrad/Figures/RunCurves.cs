using System.Globalization;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Figures;

/// <summary>Mean curves of runs with their intervals, as lines and as heat maps.</summary>
internal static class RunCurves
{
    /// <summary>A set's table with the one it is compared against.</summary>
    private sealed record Tables(string Label, string Model, RunTable Run, RunTable? Against);

    public static Figure Lines(FigureRequest request)
    {
        Metric[] metrics = request.Ratio ? [.. new[] { request.Metric, Metric.Ratio }.Distinct()] : [request.Metric];
        var tables = Load(request, metrics);
        var resampling = new Resampling([.. tables.Select(set => set.Run), .. tables.Where(set => set.Against is not null).Select(set => set.Against!)], request.Bootstrap, request.Seed);
        var sets = metrics.SelectMany(metric => tables.Select((set, i) =>
        {
            var (examples, curves) = Curves(set.Run, metric, request, resampling, i);
            var against = set.Against is { } other ? Curves(other, metric, request, resampling, tables.Count + i).Curves : [];
            return new CurveSet(set.Model, metric.AxisLabel, set.Label, examples, set.Run.LayerNumbers, curves, against);
        }));
        var note = request.Bootstrap > 0
            ? string.Create(CultureInfo.InvariantCulture, $"Mean over examples; bands: 95 % bootstrap intervals ({request.Bootstrap:N0} resamples).")
            : "Mean over examples.";
        var style = request.Style;
        if (request.Against.Count > 0)
        {
            var names = AgainstNames.Of(request, [.. tables.Select(set => set.Run.Metadata)], [.. tables.Select(set => set.Against!.Metadata)]);
            style = style with { Names = (names.Solid, names.Dashed) };
            note = names.Note.Length > 0 ? $"{note} {names.Note}" : note;
        }

        // Rows go model by model, and within a model metric by metric.
        return CurveFigure.Create([.. sets.OrderBy(set => tables.FindIndex(table => table.Model == set.Model))], style with { Note = note });
    }

    public static Figure HeatMap(FigureRequest request)
    {
        var tables = Load(request, [request.Metric]);
        var first = tables[0].Run;
        var chosen = RunFigures.Chosen(request, first.Projections, first.Path);
        var resampling = new Resampling([.. tables.Select(set => set.Run)], replicates: 0, request.Seed);
        foreach (var table in tables)
            CheckSameShape(first, table.Run);
        var severalModels = tables.Select(table => table.Model).Distinct().Count() > 1;
        return HeatMapFigure.OfLayers(
            [.. tables.Select((set, i) =>
            {
                var (examples, curves) = Curves(set.Run, request.Metric, request, resampling, i);
                return new HeatMap(severalModels ? $"{set.Model}: {set.Label}" : set.Label, examples, [.. curves.Select(curve => curve.Mean)]);
            })],
            [.. chosen.Select(projection => first.Projections[projection])], first.LayerNumbers, request.Metric.AxisLabel, request.Style);
    }

    private static List<Tables> Load(FigureRequest request, Metric[] metrics)
    {
        var options = new RunTableOptions { Metrics = metrics, Step = request.Step, SkipBad = request.SkipBad };
        var tables = new List<Tables>();
        for (var run = 0; run < request.Runs.Count; run++)
        {
            var table = RunTable.Load(request.Runs[run], options);
            var against = request.Against.Count > 0 ? RunTable.Load(request.Against[request.Against.Count == 1 ? 0 : run], options) : null;
            var model = RunFigures.Model(request, run, table.Metadata);
            if (tables.Find(other => other.Model == model) is { } same)
                CheckSameShape(same.Run, table);
            if (against is not null)
            {
                CheckSameShape(table, against);
                CheckSameExamples(table, against);
            }

            tables.Add(new(RunFigures.Label(request, run), model, table, against));
        }

        return tables;
    }

    private static (string Examples, Curve[] Curves) Curves(RunTable run, Metric metric, FigureRequest request, Resampling resampling, int set)
    {
        var means = new MeanCurves(run, metric, resampling, set);
        var chosen = RunFigures.Chosen(request, run.Projections, run.Path);
        int least = chosen.Min(projection => means.Examples[projection]), most = chosen.Max(projection => means.Examples[projection]);
        var curves = chosen.Select(projection =>
        {
            var mean = means.Curve(projection).ToArray();
            if (request.Bootstrap == 0)
                return new Curve(run.Projections[projection], mean);
            var estimates = Enumerable.Range(0, run.Layers).Select(layer => means.Estimate(projection, curve => curve[layer])).ToArray();
            return new Curve(run.Projections[projection], mean, [.. estimates.Select(e => e.Low)], [.. estimates.Select(e => e.High)]);
        });
        return (RunFigures.Detail(least == most ? RunFigures.Count(most) : $"n = {least}–{most}", run.Path), [.. curves]);
    }

    private static void CheckSameShape(RunTable run, RunTable other)
    {
        if (!run.LayerNumbers.SequenceEqual(other.LayerNumbers))
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"{other.Path} has {other.Layers} layers where {run.Path} has {run.Layers}; draw runs of one model together, or name their models with --models"));
        }

        if (!run.Projections.SequenceEqual(other.Projections))
        {
            throw new InputException(
                $"{other.Path} has the projections {string.Join(", ", other.Projections)} where {run.Path} has {string.Join(", ", run.Projections)}; measure the same --weights");
        }
    }

    private static void CheckSameExamples(RunTable run, RunTable against)
    {
        var instructions = run.Index.Zip(run.InstructionHash).ToHashSet();
        var shared = against.Index.Zip(against.InstructionHash).Count(instructions.Contains);
        if (shared == 0)
            throw new InputException($"--against {against.Path}: none of its {against.Count} examples has the instruction that {run.Path} has at the same place; compare runs of matching datasets");
    }
}
