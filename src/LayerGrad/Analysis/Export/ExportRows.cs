using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis.Export;

/// <summary>Makes rows of examples. A number that is not there is told as what it is, by its value and in the status.</summary>
/// <param name="table">Takes the rows.</param>
/// <param name="wide">The statistics that have a column each; null for a row for each number.</param>
internal sealed class ExportRows(ExportTable table, IReadOnlyList<Statistic>? wide)
{
    /// <summary>The loss of an example, in nats.</summary>
    public const string Loss = RunKeys.Loss;

    /// <summary>Tokens of prompt and response together.</summary>
    public const string TotalTokens = "total_tokens";

    /// <summary>Tokens of the response.</summary>
    public const string ResponseTokens = RunKeys.ResponseTokensMetric;

    /// <summary>Adds all that a run says of an example.</summary>
    /// <param name="run">The run's label.</param>
    /// <param name="reader">Stands at the example.</param>
    public void Add(string run, RunReader reader)
    {
        if (wide is null)
            AddNumbers(run, reader);
        else
            AddWeights(run, reader, wide);
    }

    /// <summary>Adds the row of an example without numbers.</summary>
    /// <param name="run">The run's label.</param>
    /// <param name="index">The example's position in the dataset; null where that is not known.</param>
    /// <param name="status">Why it has none.</param>
    public void AddWithout(string run, int? index, string status)
    {
        table.AddRow(run, index, null, null, null, null, status);
        if (wide is null)
        {
            AddValue(null, null);
            return;
        }

        foreach (var column in table.Statistics.Concat(table.Numbers))
            column.Add(null);
    }

    private void AddNumbers(string run, RunReader reader)
    {
        var example = reader.Current;
        foreach (var (name, value) in ((string, double?)[])[(Loss, example.Loss), (TotalTokens, example.TotalTokens), (ResponseTokens, example.ResponseTokens)])
        {
            if (value is not { } number)
                continue; // The original's files have no counts of tokens.
            table.AddRow(run, example.Index, example.Step, null, null, null, Status(number));
            AddValue(name, number);
        }

        for (var i = 0; i < reader.Weights.Count; i++)
        {
            var weight = reader.Weights[i];
            foreach (var statistic in Statistic.All)
            {
                if (!reader.Has(statistic))
                    continue;
                var (value, status) = Tell(example, i, statistic);
                table.AddRow(run, example.Index, example.Step, weight.Layer, weight.Name, weight.Projection, status);
                AddValue(statistic.Key, value);
            }
        }
    }

    private void AddWeights(string run, RunReader reader, IReadOnlyList<Statistic> statistics)
    {
        var example = reader.Current;
        for (var i = 0; i < reader.Weights.Count; i++)
        {
            var weight = reader.Weights[i];
            var status = example.Unresolved(i);
            for (var j = 0; j < statistics.Count; j++)
            {
                var (value, why) = reader.Has(statistics[j]) ? Tell(example, i, statistics[j]) : (null, null);
                table.Statistics[j].Add(value);
                if (why is not null && example.Unresolved(i) is null)
                    status = (status is null ? "" : status + "; ") + $"{statistics[j].Key} {why}";
            }

            if (Status(example.Loss) is { } ofLoss)
                status = (status is null ? "" : status + "; ") + $"{Loss} {ofLoss}";
            table.AddRow(run, example.Index, example.Step, weight.Layer, weight.Name, weight.Projection, status);
            table.Numbers[0].Add(example.Loss);
            table.Numbers[1].Add(example.TotalTokens);
            table.Numbers[2].Add(example.ResponseTokens);
        }
    }

    private void AddValue(string? statistic, double? value)
    {
        table.Statistic.Add(statistic);
        table.Value.Add(value);
    }

    private static (double? Value, string? Status) Tell(RunExample example, int weight, Statistic statistic)
    {
        if (example.IsNull(weight, statistic) || example.Unresolved(weight) is not null)
            return (null, example.Unresolved(weight) ?? "missing");
        var value = example[weight, statistic];
        return (value, Status(value));
    }

    /// <summary>What a number is that is not finite; null for one that is.</summary>
    private static string? Status(double value) => double.IsFinite(value) ? null : NotFinite(value);

    /// <summary>A number that is not finite, as data frames and databases write it.</summary>
    internal static string NotFinite(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
