using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs;

namespace LayerGrad.Analysis.Output;

/// <summary>A comparison as JSON; <c>docs/statistics.md</c> describes the schema, which only grows. A number that is not defined is <c>null</c>.</summary>
internal static class ComparisonJson
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The comparison in UTF-8.</summary>
    public static byte[] Of(ComparisonResult result)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, s_options))
            Write(writer, result);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>Writes the comparison as one JSON object.</summary>
    public static void Write(Utf8JsonWriter json, ComparisonResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("bootstrap", result.Bootstrap);
        json.WriteNumber("seed", result.Seed);
        if (result.Step is { } step)
            json.WriteNumber("step", step);
        Array(json, "sets", result.Sets, WriteSet);
        Array(json, "relative_difference", result.RelativeDifferences.GroupBy(one => (one.Set, one.Against)), WriteDifferences);
        Array(json, "separation", result.Separations.GroupBy(one => (one.Set, one.Against)), WriteSeparations);
        Array(json, "length", result.Lengths.GroupBy(one => (one.Set, one.Reference)), WriteLengths);
        if (result.Noises.Count > 0)
            Array(json, "noise", result.Noises, NoiseJson.WriteSet);
        Array(json, "findings", result.Findings, WriteFinding);
        Array(json, "notes", result.Notes, (writer, note) => writer.WriteStringValue(note));
        json.WriteEndObject();
    }

    private static void WriteSet(Utf8JsonWriter json, SetResult set)
    {
        json.WriteStartObject();
        json.WriteString("label", set.Label);
        json.WriteString("path", set.Path);
        json.WriteNumber("examples", set.Examples);
        json.WriteNumber("skipped", set.Skipped);
        json.WriteNumber("bad_lines", set.BadLines);
        if (set.Unfinished is { } progress)
        {
            json.WriteStartObject("unfinished");
            json.WriteNumber("done", progress.Done);
            json.WriteNumber("planned", progress.Planned);
            json.WriteEndObject();
        }

        json.WriteNumber("layers", set.Layers);
        WriteRole(json, set);
        Number(json, RunKeys.Loss, set.Loss);
        Number(json, RunKeys.ResponseTokensMetric, set.ResponseTokens);
        if (set.ThinkingTokens is { } thinking)
            Number(json, RunKeys.ThinkingTokensMetric, thinking);
        json.WriteStartObject("metrics");
        foreach (var metric in set.Metrics)
        {
            json.WriteStartObject(metric.Metric.Name);
            foreach (var projection in metric.Projections)
                WriteProjection(json, projection);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRole(Utf8JsonWriter json, SetResult set)
    {
        json.WriteStartObject("role");
        json.WriteBoolean("against", set.Against);
        json.WriteBoolean("irrelevant", set.Role.Irrelevant);
        json.WriteBoolean("instruct", set.Role.Instruct);
        json.WriteString("style", set.Role.Style == ReasoningStyle.Unknown ? null : set.Role.Style.ToString());
        json.WriteString("popularity", set.Role.Popularity == Popularity.Unknown ? null : set.Role.Popularity.ToString());
        json.WriteString("quality", set.Role.Quality == DataQuality.Unknown ? null : set.Role.Quality.ToString());
        json.WriteEndObject();
    }

    private static void WriteProjection(Utf8JsonWriter json, ProjectionResult projection)
    {
        json.WriteStartObject(projection.Projection);
        json.WriteNumber("examples", projection.Examples);
        json.WriteNumber("excluded", projection.Excluded);
        Curve(json, "curve", projection.Curve);
        Number(json, "level", projection.Level);
        (string Name, Estimate Value)[] mad =
            [("early", projection.Mad.Early), ("middle", projection.Mad.Middle), ("late", projection.Mad.Late), ("all", projection.Mad.All)];
        json.WriteStartObject("MAD");
        foreach (var (name, value) in mad)
            Number(json, name, value.Value);
        json.WriteEndObject();
        json.WriteStartObject("MAD_interval");
        foreach (var (name, value) in mad)
        {
            json.WriteStartArray(name);
            Value(json, value.Low);
            Value(json, value.High);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDifferences(Utf8JsonWriter json, IGrouping<(string Set, string Against), RelativeDifferenceResult> pair)
    {
        StartPair(json, "set", pair.Key.Set, "against", pair.Key.Against);
        foreach (var metric in pair.GroupBy(one => one.Metric))
        {
            json.WriteStartObject(metric.Key.Name);
            foreach (var one in metric)
            {
                json.WriteStartObject(one.Projection);
                Number(json, "RD", one.Difference.Value);
                Number(json, "low", one.Difference.Low);
                Number(json, "high", one.Difference.High);
                Number(json, "chance", one.Chance);
                Array(json, "top5", one.TopLayers, (writer, layer) => writer.WriteNumberValue(layer));
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        EndPair(json);
    }

    private static void WriteSeparations(Utf8JsonWriter json, IGrouping<(string Set, string Against), SeparationResult> pair)
    {
        StartPair(json, "set", pair.Key.Set, "against", pair.Key.Against);
        foreach (var one in pair)
        {
            json.WriteStartObject(one.Metric.Name);
            json.WriteNumber("pairs", one.Pairs);
            json.WriteNumber("identical", one.IdenticalOutputs);
            json.WriteStartObject("best");
            json.WriteString("projection", one.Best.Projection);
            json.WriteNumber("layer", one.Best.Layer);
            Number(json, "AUC", one.Best.Area);
            Number(json, "held_out", one.Honest);
            json.WriteEndObject();
            Number(json, RunKeys.Loss, one.Loss);
            Number(json, RunKeys.ResponseTokensMetric, one.ResponseTokens);
            json.WriteStartObject("AUC");
            foreach (var projection in one.Projections)
            {
                json.WriteStartObject(projection.Projection);
                Curve(json, "value", projection.Area);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        EndPair(json);
    }

    private static void WriteLengths(Utf8JsonWriter json, IGrouping<(string Set, string Reference), LengthResult> pair)
    {
        StartPair(json, "set", pair.Key.Set, "reference", pair.Key.Reference);
        foreach (var metric in pair.GroupBy(one => one.Metric))
        {
            json.WriteStartObject(metric.Key.Name);
            foreach (var one in metric)
            {
                json.WriteStartObject(one.Projection);
                Number(json, "raw", one.Raw);
                Number(json, "matched", one.Matched);
                Array(json, "matched_examples", (int[])[one.MatchedSet, one.MatchedReference], (writer, count) => writer.WriteNumberValue(count));
                Number(json, "regression", one.Regression);
                Number(json, "slope", one.Slope);
                json.WriteString("warning", one.Warning);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        EndPair(json);
    }

    private static void WriteFinding(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("id", finding.Id);
        json.WriteString("claim", finding.Claim);
        json.WriteString("source", finding.Source);
        Array(json, "sets", finding.Sets, (writer, label) => writer.WriteStringValue(label));
        json.WriteString("measure", finding.Measure);
        Number(json, "number", finding.Number);
        json.WriteString("verdict", ComparisonTables.Words(finding.Verdict));
        json.WriteString("remark", finding.Remark);
        json.WriteEndObject();
    }

    private static void StartPair(Utf8JsonWriter json, string firstName, string first, string secondName, string second)
    {
        json.WriteStartObject();
        json.WriteString(firstName, first);
        json.WriteString(secondName, second);
        json.WriteStartObject("metrics");
    }

    private static void EndPair(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Curve(Utf8JsonWriter json, string name, IReadOnlyList<Estimate> points)
    {
        Array(json, name, points, (writer, point) => Value(writer, point.Value));
        Array(json, "low", points, (writer, point) => Value(writer, point.Low));
        Array(json, "high", points, (writer, point) => Value(writer, point.High));
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
            write(json, item);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, Estimate estimate)
    {
        if (!estimate.IsDefined)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        Number(json, "value", estimate.Value);
        Number(json, "low", estimate.Low);
        Number(json, "high", estimate.High);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        Value(json, value);
    }

    /// <summary>JSON has neither NaN nor infinity.</summary>
    private static void Value(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteNullValue();
    }
}
