using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Reports;

/// <summary>The examples of a set that the report's explorer holds.</summary>
/// <param name="Index">Positions in the dataset.</param>
/// <param name="Loss">Their losses.</param>
/// <param name="ResponseTokens">Their response tokens, null where the run does not say.</param>
/// <param name="Texts">The chunk with their instructions and outputs.</param>
/// <param name="Values">The chunk of each metric: a number for each example, projection and layer.</param>
/// <param name="Weights">The names of the weights in that order.</param>
internal sealed record ExplorerData(
    IReadOnlyList<int> Index, IReadOnlyList<double> Loss, IReadOnlyList<int?> ResponseTokens, string Texts,
    IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> Weights)
{
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a run and keeps evenly spaced examples of it.</summary>
    /// <param name="path">The run.</param>
    /// <param name="count">How many examples it has, of the step.</param>
    /// <param name="most">How many to keep; of none, nothing is read.</param>
    /// <param name="runs">Metrics and step.</param>
    /// <param name="skipBad">Whether bad lines are left out.</param>
    /// <param name="chunks">Takes what is packed.</param>
    public static ExplorerData Read(string path, int count, int most, ReportRuns runs, bool skipBad, PackedChunks chunks)
    {
        if (most == 0)
            return new([], [], [], chunks.Add("[]"u8.ToArray()), new Dictionary<string, string>(), []);
        using var reader = new RunReader(path, new RunReaderOptions { Texts = true, SkipBad = skipBad });
        var (index, loss, tokens) = (new List<int>(), new List<double>(), new List<int?>());
        var stored = StoredMetrics(runs.Metrics);
        var values = stored.ToDictionary(metric => metric, _ => new List<float>());
        using var texts = new MemoryStream();
        using var writer = new Utf8JsonWriter(texts, s_plain);
        writer.WriteStartArray();
        WeightGrid? layout = null;
        var seen = 0L;
        while (reader.Read())
        {
            if (reader.Current.Step != runs.Step)
                continue;
            var before = seen * most / count;
            seen++;
            if (count > most && seen * most / count == before)
                continue;
            layout ??= WeightGrid.Of(reader.Weights, path);
            index.Add(reader.Current.Index);
            loss.Add(reader.Current.Loss);
            tokens.Add(reader.Current.ResponseTokens);
            writer.WriteStartArray();
            writer.WriteStringValue(reader.Current.Instruction);
            writer.WriteStringValue(reader.Current.Output);
            writer.WriteEndArray();
            foreach (var metric in stored)
                values[metric].AddRange(layout.Weights.Select(weight => (float)metric.Value(reader.Current, weight)));
        }

        writer.WriteEndArray();
        writer.Flush();
        return new(index, loss, tokens, chunks.Add(texts.ToArray()), values.Where(pair => pair.Value.Exists(float.IsFinite)).ToDictionary(pair => pair.Key.Name, pair => chunks.Add(pair.Value)),
            [.. layout!.Weights.Select(weight => reader.Weights[weight].Name)]);
    }

    /// <summary>What the page needs: derived metrics it makes itself, from the others and from each example's loss and tokens.</summary>
    private static List<Metric> StoredMetrics(IReadOnlyList<Metric> metrics)
    {
        var names = metrics.SelectMany(metric => metric.Terms).Select(term => term.Name).ToHashSet();
        return [.. Metric.All.Where(metric => !metric.IsDerived && names.Contains(metric.Name))];
    }
}
