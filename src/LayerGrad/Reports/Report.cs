using System.Text.Json;
using LayerGrad.Analysis;
using LayerGrad.Analysis.Agreement;
using LayerGrad.Figures;
using LayerGrad.Runs;
using LayerGrad.Runs.Tables;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Reports;

/// <summary>
/// Runs as one self-contained page: what was measured, what the papers' claims come to, curves, tables, and every example
/// with its text. It opens from disk in any browser from 2023 on and asks nothing of the network.
/// </summary>
internal static class Report
{
    /// <summary>Sets of which the explorer holds all that <see cref="ReportRequest.Examples"/> allows; more of them share the same room.</summary>
    private const int FullSets = 3;

    /// <summary>Reads the runs, compares them and writes the page.</summary>
    /// <param name="request">What to report.</param>
    /// <param name="path">The page; written whole or not at all.</param>
    /// <exception cref="InputException">A run cannot be read, the runs do not go together, or the page cannot be written.</exception>
    public static void Write(ReportRequest request, string path)
    {
        var runs = ReportRuns.Look(request);
        using var kernel = request.Kernel is null ? null : new KernelFile(request.Kernel);
        var comparison = Comparison.Create(new ComparisonOptions
        {
            Runs = request.Runs,
            Labels = request.Labels,
            Against = request.Against,
            Metrics = runs.Metrics,
            Bootstrap = request.Bootstrap,
            Seed = request.Seed,
            Step = runs.Step,
            SkipBad = request.SkipBad,
        });
        var chunks = new PackedChunks();
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
            WriteData(json, request, runs, comparison, kernel, chunks);
        using var page = new MemoryStream();
        using (var writer = new StreamWriter(page, leaveOpen: true))
            ReportPage.Write(writer, request.Title, System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length), chunks);
        WholeFile.Write(path, page.WriteTo);
    }

    private static void WriteData(Utf8JsonWriter json, ReportRequest request, ReportRuns runs, ComparisonResult comparison, KernelFile? kernel, PackedChunks chunks)
    {
        json.WriteStartObject();
        json.WriteString("metric", runs.Metrics[0].Name);
        ComparisonData.WriteMetrics(json, runs.Metrics);
        json.WriteTexts("projections", comparison.Sets[0].Metrics[0].Projections.Select(projection => projection.Projection));
        json.WriteIntegers("layers", Layers(request).Select(layer => (int?)layer));
        json.WriteNumber("bootstrap", comparison.Bootstrap);
        json.WriteNumber("seed", comparison.Seed);
        json.WritePropertyName("step");
        WriteStep(json, comparison.Step);
        var at = 0;
        json.WriteObjects("sets", comparison.Sets, set => WriteSet(json, request, runs, set, at++, comparison.Sets.Count, chunks));
        ComparisonData.WriteResults(json, comparison);
        NoiseData.Write(json, comparison.Noises);
        if (runs.HasSteps)
            WriteSteps(json, request, runs, comparison);
        if (kernel is not null)
        {
            var axes = KernelAxes.Of(kernel);
            if (KernelAgreement.OfSeveral(kernel.Path, axes, Math.Max(1, request.Bootstrap), request.Seed) is { } agreement)
                AgreementData.Write(json, agreement);
            KernelData.Write(json, kernel, axes, chunks);
        }

        json.WriteEndObject();
    }

    private static int[] Layers(ReportRequest request)
    {
        using var reader = new RunReader(request.Runs[0], new RunReaderOptions { SkipBad = request.SkipBad });
        reader.Read();
        return WeightGrid.Of(reader.Weights, request.Runs[0]).Layers;
    }

    private static void WriteStep(Utf8JsonWriter json, int? step)
    {
        if (step is { } number)
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }

    private static void WriteSet(Utf8JsonWriter json, ReportRequest request, ReportRuns runs, SetResult set, int at, int sets, PackedChunks chunks)
    {
        json.WriteString("label", set.Label);
        json.WriteString("path", set.Path);
        json.WriteBoolean("against", set.Against);
        if (!set.Against && request.Against.Count > 0)
            json.WriteNumber("partner", request.Runs.Count + (request.Against.Count == 1 ? 0 : at));
        json.WriteNumber("examples", set.Examples);
        json.WriteNumber("skipped", set.Skipped);
        json.WriteNumber("badLines", set.BadLines);
        json.Write("loss", set.Loss);
        json.Write("responseTokens", set.ResponseTokens);
        MeasuredData.Write(json, set.Path);
        ComparisonData.WriteCurves(json, set);
        var most = Math.Max(Math.Min(request.Examples, 1), Math.Min(request.Examples, request.Examples * FullSets / sets));
        var explorer = ExplorerData.Read(set.Path, set.Examples, most, runs, request.SkipBad, chunks);
        var (shares, chunk) = TokenShares.Read(set.Path, explorer, request.TokenExamples, chunks);
        json.WriteStartObject("explorer");
        json.WriteIntegers("index", explorer.Index.Select(index => (int?)index));
        json.WriteNumbers("loss", explorer.Loss);
        json.WriteIntegers("tokens", explorer.ResponseTokens);
        json.WriteString("texts", explorer.Texts);
        json.WriteStartObject("values");
        foreach (var (metric, values) in explorer.Values)
            json.WriteString(metric, values);
        json.WriteEndObject();
        json.WriteIntegers("shares", shares.Select(example => (int?)example.Example));
        json.WriteString("shareValues", chunk);
        json.WriteObjects("shareTokens", shares, example =>
        {
            json.WriteTexts("tokens", example.Tokens);
            json.WriteString("parts", example.Parts);
            json.WriteNumber("start", example.Start);
            json.WriteNumbers("scales", example.Scales);
        });
        json.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter json, ReportRequest request, ReportRuns runs, ComparisonResult comparison)
    {
        var read = request.Runs.Concat(request.Against).Select(path => runs.Metrics.Select(metric => StepRun.Read(path, metric, request.SkipBad)).ToArray()).ToArray();
        var steps = read[0][0].Steps.Keys.ToArray();
        for (var run = 1; run < read.Length; run++)
        {
            if (!read[run][0].Steps.Keys.SequenceEqual(steps))
                throw new InputException($"{comparison.Sets[run].Path}: holds other training steps than {comparison.Sets[0].Path}; report runs that were probed together");
        }

        json.WriteStartObject("steps");
        json.WriteIntegers("steps", steps.Select(step => (int?)step));
        json.WriteObjects("sets", read.Zip(comparison.Sets), pair =>
        {
            json.WriteString("label", pair.Second.Label);
            json.WriteStartObject("values");
            foreach (var (metric, run) in runs.Metrics.Zip(pair.First))
            {
                json.WriteStartObject(metric.Name);
                for (var projection = 0; projection < run.Layout.Projections.Length; projection++)
                {
                    json.WriteStartArray(run.Layout.Projections[projection]);
                    foreach (var step in run.Steps.Values)
                    {
                        json.WriteStartArray();
                        for (var layer = 0; layer < run.Layout.Layers.Length; layer++)
                            json.WriteRounded(step.Mean(projection, layer));
                        json.WriteEndArray();
                    }

                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        });
        json.WriteEndObject();
    }
}
