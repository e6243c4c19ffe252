
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Figures;

/// <summary>A probe's run: for each training step the mean of a metric at every layer of every projection.</summary>
/// <param name="Layout">Its layers and projections.</param>
/// <param name="Steps">The means, step by step.</param>
internal sealed record StepRun(WeightGrid Layout, SortedDictionary<int, StepMeans> Steps)
{
    /// <summary>Reads a run in one pass.</summary>
    /// <exception cref="InputException">The run has no steps, or lacks the metric.</exception>
    public static StepRun Read(string path, Metric metric, bool skipBad)
    {
        using var reader = new RunReader(path, new RunReaderOptions { SkipBad = skipBad });
        WeightGrid? layout = null;
        var steps = new SortedDictionary<int, StepMeans>();
        while (reader.Read())
        {
            if (reader.Current.Step is not { } step)
                throw new InputException($"{path}:{reader.Current.Line}: has no \"step\"; this figure needs the probe runs that train --probe writes");
            if (layout is null)
            {
                layout = WeightGrid.Of(reader.Weights, path);
                if (!metric.IsIn(reader))
                    throw new InputException($"{path}: has no {metric.Name}; choose another --metric");
            }

            if (!steps.TryGetValue(step, out var means))
                steps[step] = means = new StepMeans(layout);
            means.Add(reader.Current, metric);
        }

        return layout is null ? throw new InputException($"{path}: is empty; there is nothing to draw") : new StepRun(layout, steps);
    }
}

/// <summary>Running means of a metric at one training step; an example counts in a projection where it is finite at every layer.</summary>
internal sealed class StepMeans(WeightGrid layout)
{
    private readonly double[] _sums = new double[layout.Weights.Length];
    private readonly int[] _counts = new int[layout.Projections.Length];

    /// <summary>Adds an example.</summary>
    public void Add(RunExample example, Metric metric)
    {
        var layers = layout.Layers.Length;
        var values = new double[layers];
        for (var projection = 0; projection < layout.Projections.Length; projection++)
        {
            for (var layer = 0; layer < layers; layer++)
                values[layer] = metric.Value(example, layout.Weights[(projection * layers) + layer]);
            if (!Array.TrueForAll(values, double.IsFinite))
                continue;
            _counts[projection]++;
            for (var layer = 0; layer < layers; layer++)
                _sums[(projection * layers) + layer] += values[layer];
        }
    }

    /// <summary>The mean; NaN where no example counts.</summary>
    public double Mean(int projection, int layer) => _counts[projection] == 0 ? double.NaN : _sums[(projection * layout.Layers.Length) + layer] / _counts[projection];
}
