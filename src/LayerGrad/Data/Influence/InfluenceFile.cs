using System.Globalization;
using System.Text.Json;
using CsvHelper;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs;

namespace LayerGrad.Data.Influence;

/// <summary>A ranking as a file: CSV with a line a training example, or JSON with the check too.</summary>
internal static class InfluenceFile
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n" };

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="path"><c>FILE.csv</c> or <c>FILE.json</c>.</param>
    /// <param name="result">What it holds.</param>
    public static void Write(string path, InfluenceResult result)
    {
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            WholeFile.Write(path, Csv(result));
        else
            WholeFile.Write(path, stream => Json(stream, result));
    }

    private static string Csv(InfluenceResult result)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            csv.WriteLine(["rank", "index", "loss", RunKeys.ResponseTokensMetric, "mislabelled", .. result.Groups.SelectMany(group => new[] { $"product_{group}", $"cosine_{group}", $"norm_{group}" })]);
            for (var rank = 0; rank < result.Scores.Count; rank++)
            {
                var score = result.Scores[rank];
                csv.WriteLine([
                    Text(rank + 1), Text(score.Example.Index), EstimateOutput.Field(score.Loss), Text(score.ResponseTokens), result.Check is null ? "" : EstimateOutput.Field(score.IsMislabelled),
                    .. result.Groups.SelectMany((_, group) => new[] { score.Products[group], score.Cosines[group], score.Norms[group] }).Select(EstimateOutput.Field),
                ]);
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Json(Stream stream, InfluenceResult result)
    {
        using var json = new Utf8JsonWriter(stream, s_options);
        json.WriteStartObject();
        json.WriteString("model", result.Options.Measure.Model);
        json.WriteString("data", result.Options.Measure.Data);
        json.WriteString("query", result.Options.Query);
        json.WriteNumber("query_examples", result.QueryExamples);
        json.WriteString("ranked_by", result.Options.ByProduct ? "product" : "cosine");
        json.WriteStartObject("query_norm");
        foreach (var (group, norm) in result.Groups.Zip(result.QueryNorms))
            json.WriteValue(group, norm);
        json.WriteEndObject();
        json.WriteStartArray("examples");
        foreach (var score in result.Scores)
            WriteScore(json, result, score);
        json.WriteEndArray();
        json.WriteStartArray("skipped");
        foreach (var skip in result.Skipped)
        {
            json.WriteStartObject();
            json.WriteString("file", skip.File);
            json.WriteNumber("index", skip.Index);
            json.WriteString("reason", skip.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (result.Check is { } check)
            WriteCheck(json, check);
        json.WriteStartArray("notes");
        foreach (var note in result.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteScore(Utf8JsonWriter json, InfluenceResult result, InfluenceScore score)
    {
        json.WriteStartObject();
        json.WriteNumber("index", score.Example.Index);
        json.WriteNumber("loss", score.Loss);
        json.WriteNumber(RunKeys.ResponseTokensMetric, score.ResponseTokens);
        if (result.Check is not null)
            json.WriteBoolean("mislabelled", score.IsMislabelled);
        foreach (var (name, values) in new[] { ("product", score.Products), ("cosine", score.Cosines), ("norm", score.Norms) })
        {
            json.WriteStartObject(name);
            foreach (var (group, value) in result.Groups.Zip(values))
                json.WriteValue(group, value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteCheck(Utf8JsonWriter json, MislabelCheck check)
    {
        json.WriteStartObject("mislabel_check");
        json.WriteNumber("mislabelled", check.Mislabelled);
        json.WriteNumber("others", check.Others);
        json.WriteNumber("same_text", check.Kept);
        json.WriteStartObject("AUC");
        foreach (var found in check.Baselines.Concat(check.Scores))
            json.WriteEstimate(found.Score, found.Area);
        json.WriteEndObject();
        json.WriteStartObject("AUC_above_baseline");
        foreach (var found in check.Scores)
        {
            json.WriteStartObject(found.Score);
            foreach (var (baseline, above) in check.Baselines.Zip(found.AboveBaselines))
                json.WriteEstimate(baseline.Score, above);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
