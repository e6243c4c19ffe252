using LayerGrad.Runs;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis.Export;

/// <summary>Runs as one table for data frames and databases: CSV, Parquet or JSON Lines.</summary>
internal static class RunExport
{
    /// <summary>Rows that are held before they are written; a row group of Parquet.</summary>
    private const int BatchRows = 100_000;

    private static readonly Dictionary<string, Func<Stream, ExportTable, IExportWriter>> s_formats = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = (stream, table) => new CsvExport(stream, table),
        [".parquet"] = (stream, table) => new ParquetExport(stream, table),
        [".jsonl"] = (stream, _) => new JsonLinesExport(stream),
    };

    /// <summary>Where the metadata of an export stand: <c>X.csv.runs.json</c>. In Parquet they are in the file too.</summary>
    /// <param name="output">The exported table.</param>
    public static string MetadataOf(string output) => output + ".runs.json";

    /// <summary>Writes the table and its metadata, whole or not at all, in memory that does not grow with the runs.</summary>
    /// <param name="options">What to export.</param>
    /// <returns>What was taken from each run.</returns>
    /// <exception cref="InputException">A run cannot be read, the output is a file of a run, or it cannot be written.</exception>
    public static IReadOnlyList<ExportedRun> Write(ExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        var labels = options.Labels.Count > 0 ? options.Labels : RunLabels.FromPaths(options.Runs);
        var wide = options.Wide ? StatisticsOf(options) : null;
        var table = new ExportTable(wide);
        var exported = new List<ExportedRun>();
        WholeFile.Write(options.Out, file =>
        {
            using var writer = s_formats[Path.GetExtension(options.Out)](file, table);
            for (var run = 0; run < options.Runs.Count; run++)
                exported.Add(Write(options.Runs[run], labels[run], options.SkipBad, new ExportRows(table, wide), table, writer));
            writer.Write(table);
            var metadata = ExportMetadata.Of(options.Wide, exported);
            writer.Complete(metadata);
            WholeFile.Write(MetadataOf(options.Out), metadata);
        });
        return exported;
    }

    private static ExportedRun Write(string run, string label, bool skipBad, ExportRows rows, ExportTable table, IExportWriter writer)
    {
        using var reader = new RunReader(run, new RunReaderOptions { SkipBad = skipBad, Infinite = true });
        var examples = 0;
        for (; reader.Read(); examples++)
        {
            rows.Add(label, reader);
            if (table.Rows < BatchRows)
                continue;
            writer.Write(table);
            table.Clear();
        }

        var skipped = SkippedLine.ReadAll(new RunPaths(run).Skipped);
        foreach (var example in skipped)
            rows.AddWithout(label, example.Index, $"skipped: {example.Reason}");
        foreach (var line in reader.BadLines)
            rows.AddWithout(label, null, FormattableString.Invariant($"unreadable: line {line.Line}, {line.Reason}"));
        return new ExportedRun(label, run, examples, skipped.Count, reader.BadLines.Count, RunProgress.OfUnfinished(run));
    }

    /// <summary>The statistics that any of the runs has.</summary>
    private static List<Statistic> StatisticsOf(ExportOptions options)
    {
        var found = new HashSet<Statistic>();
        foreach (var run in options.Runs)
        {
            using var reader = new RunReader(run, new RunReaderOptions { SkipBad = options.SkipBad, Infinite = true });
            if (reader.Read())
                found.UnionWith(Statistic.All.Where(reader.Has));
        }

        return [.. Statistic.All.Where(found.Contains)];
    }

    private static void Check(ExportOptions options)
    {
        if (options.Runs.Count == 0)
            throw new InputException("there is no run to export; name at least one run file.");
        if (!s_formats.ContainsKey(Path.GetExtension(options.Out)))
            throw new InputException($"--out {options.Out}: the name's ending is the format; there are {string.Join(", ", s_formats.Keys)}.");
        if (options.Labels.Count != 0 && options.Labels.Count != options.Runs.Count)
            throw new InputException($"--labels has {options.Labels.Count} for {options.Runs.Count} runs; give one for each run, in their order.");
        if (options.Labels.Distinct(StringComparer.Ordinal).Count() < options.Labels.Count)
            throw new InputException("--labels has a name twice; the table could not tell the runs apart.");
        OutputPlaces.Check("--out", [options.Out, MetadataOf(options.Out)], RunPaths.AllOf(options.Runs));
    }
}
