using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;

namespace LayerGrad.Analysis.Export;

/// <summary>Parquet: a row group for each batch of rows, with what the runs are in the file's metadata.</summary>
internal sealed class ParquetExport : IExportWriter
{
    private readonly ParquetWriter _writer;
    private readonly DataField[] _fields;
    private bool _isClosed;

    /// <summary>Begins the file.</summary>
    public ParquetExport(Stream stream, ExportTable table)
    {
        _fields = [.. table.Columns.Select(Field)];
        _writer = ParquetWriter.CreateAsync(new ParquetSchema(_fields), stream).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Write(ExportTable table)
    {
        if (table.Rows == 0)
            return;
        using var group = _writer.CreateRowGroup();
        for (var i = 0; i < _fields.Length; i++)
            Write(group, _fields[i], table.Columns[i]).GetAwaiter().GetResult();
        group.CompleteValidate();
    }

    /// <inheritdoc/>
    public void Complete(string metadata)
    {
        _writer.CustomMetadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["layergrad"] = metadata };
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static DataField Field(ExportColumn column) => column switch
    {
        ExportColumn<string?> => new DataField<string>(column.Name, nullable: true),
        ExportColumn<int?> => new DataField<int>(column.Name, nullable: true),
        ExportColumn<double?> => new DataField<double>(column.Name, nullable: true),
        _ => throw new ArgumentException(column.Name, nameof(column)),
    };

    private static Task Write(ParquetRowGroupWriter group, DataField field, ExportColumn column) => column switch
    {
        ExportColumn<string?> texts => group.WriteAsync(field, texts.Values!),
        ExportColumn<int?> integers => group.WriteAsync<int>(field, integers.Values.AsMemory()),
        ExportColumn<double?> numbers => group.WriteAsync<double>(field, numbers.Values.AsMemory()),
        _ => throw new ArgumentException(column.Name, nameof(column)),
    };
}
