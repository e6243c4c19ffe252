using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace LayerGrad.Analysis.Export;

/// <summary>Comma-separated values (RFC 4180, with line feeds): what is null is empty; <c>nan</c>, <c>inf</c> and <c>-inf</c> stand as such.</summary>
internal sealed class CsvExport : IExportWriter
{
    private readonly CsvWriter _csv;

    /// <summary>Writes the header.</summary>
    public CsvExport(Stream stream, ExportTable table)
    {
        var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
        _csv = new CsvWriter(text, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" });
        foreach (var column in table.Columns)
            _csv.WriteField(column.Name);
        _csv.NextRecord();
    }

    /// <inheritdoc/>
    public void Write(ExportTable table)
    {
        for (var row = 0; row < table.Rows; row++)
        {
            foreach (var column in table.Columns)
                _csv.WriteField(Text(column, row));
            _csv.NextRecord();
        }
    }

    /// <inheritdoc/>
    public void Complete(string metadata) => _csv.Flush();

    /// <inheritdoc/>
    public void Dispose() => _csv.Dispose();

    private static string? Text(ExportColumn column, int row) => column switch
    {
        ExportColumn<string?> texts => texts.Values[row],
        ExportColumn<int?> integers => integers.Values[row]?.ToString(CultureInfo.InvariantCulture),
        ExportColumn<double?> numbers => numbers.Values[row] switch
        {
            null => null,
            { } value when !double.IsFinite(value) => ExportRows.NotFinite(value),
            { } value => value.ToString("R", CultureInfo.InvariantCulture),
        },
        _ => throw new ArgumentException(column.Name, nameof(column)),
    };
}
