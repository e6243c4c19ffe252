using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using LayerGrad.Json;

namespace LayerGrad.Data.Sources;

/// <summary>Reads the files in which datasets are published: JSON, JSON Lines, CSV with or without a header.</summary>
internal static class SourceReader
{
    /// <summary>The files that paths stand for: a folder is its .json, .jsonl, .csv and .tsv files, in the order of their names.</summary>
    /// <exception cref="InputException">A path is neither file nor folder, or a folder holds no such file.</exception>
    public static IReadOnlyList<string> Files(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (File.Exists(path))
            {
                files.Add(path);
                continue;
            }

            if (!Directory.Exists(path))
                throw new InputException($"{path}: no such file or folder; --from takes the source's own files.");
            var inside = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".json" or ".jsonl" or ".csv" or ".tsv")
                .Order(StringComparer.Ordinal).ToList();
            if (inside.Count == 0)
                throw new InputException($"{path}: the folder has no .json, .jsonl, .csv or .tsv file.");
            files.AddRange(inside);
        }

        return files;
    }

    /// <summary>The records of files, told apart by their names: <c>.csv</c> is a table with a header; anything else is JSON.</summary>
    public static IEnumerable<SourceRecord> Records(IEnumerable<string> files) =>
        files.SelectMany(file => Path.GetExtension(file) == ".csv" ? Table(file) : Objects(file));

    /// <summary>The rows of a CSV file whose first row names the columns.</summary>
    public static IEnumerable<SourceRecord> Table(string file)
    {
        string[]? header = null;
        var row = 0;
        foreach (var cells in Rows(file))
        {
            row++;
            if (header is null)
            {
                header = cells;
                continue;
            }

            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var i = 0; i < Math.Min(header.Length, cells.Length); i++)
                fields[header[i]] = cells[i];
            yield return new RowRecord(fields, $"{file}: row {row}");
        }
    }

    /// <summary>The rows of a CSV file as they are.</summary>
    public static IEnumerable<string[]> Rows(string file)
    {
        using var text = new StreamReader(InputFile.Require(file), new UTF8Encoding(false, throwOnInvalidBytes: false));
        using var parser = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null, DetectDelimiter = false });
        while (parser.Read())
            yield return parser.Record!;
    }

    /// <summary>The objects of an array, or values one after another, one a line or not.</summary>
    private static IEnumerable<SourceRecord> Objects(string file)
    {
        var text = ForeignJson.ReadBytes(file, int.MaxValue);
        if (text.AsSpan().Trim("\uFEFF \t\r\n"u8).StartsWith("["u8))
        {
            var index = 0;
            foreach (var element in ForeignJson.Parse(text, file).Items())
                yield return Object(new JsonValue(element.Element, string.Create(CultureInfo.InvariantCulture, $"{file}: record {index++}"), ""));
            yield break;
        }

        if (TryParse(text, file) is { } root)
        {
            yield return Object(root);
            yield break;
        }

        var line = 0;
        foreach (var part in Encoding.UTF8.GetString(text).Split('\n'))
        {
            line++;
            if (!string.IsNullOrWhiteSpace(part.Trim('\uFEFF')))
                yield return Object(ForeignJson.ParseLine(Encoding.UTF8.GetBytes(part), file, line));
        }
    }

    private static JsonRecord Object(JsonValue value) => value.IsObject
        ? new JsonRecord(value)
        : throw new InputException($"{value.File} is no JSON object; is this the right source?");

    private static JsonValue? TryParse(byte[] text, string file)
    {
        try
        {
            return ForeignJson.Parse(text, file);
        }
        catch (InputException error) when (error.InnerException is JsonException)
        {
            // Several values one after another: JSON Lines, whose lines are parsed (and their errors told) one by one.
            return null;
        }
    }
}
