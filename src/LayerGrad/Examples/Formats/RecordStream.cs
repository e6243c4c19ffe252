using LayerGrad.Json;

namespace LayerGrad.Examples.Formats;

/// <summary>The records of one file, one after another, as JSON values whatever the format.</summary>
internal abstract class RecordStream : IDisposable
{
    /// <summary>The format, as the user is told it.</summary>
    public abstract string Format { get; }

    /// <summary>Passes over records.</summary>
    /// <param name="count">How many.</param>
    /// <returns>How many there were of them.</returns>
    public abstract int Skip(int count);

    /// <summary>Reads the next record.</summary>
    /// <param name="place">What errors call it.</param>
    /// <returns>The record; null at the end.</returns>
    /// <exception cref="InputException">The file is broken there.</exception>
    public abstract JsonValue? Read(string place);

    public abstract void Dispose();

    /// <summary>Opens a file in the format that its bytes tell.</summary>
    /// <param name="part">The file.</param>
    /// <param name="fields">Which fields hold what.</param>
    /// <exception cref="InputException">It is in no format that is read; the line says what it is.</exception>
    public static RecordStream Open(DatasetPart part, DatasetFields fields)
    {
        var (stream, head, compression) = PeekedStream.Decompressed(part.Open(), part.Name);
        var suffix = compression is null ? "" : $" ({compression})";
        try
        {
            return FileKinds.Of(head.Span, part.Name) switch
            {
                FileKind.Json => new JsonRecords(stream, part.Name, suffix),
                FileKind.Parquet => new Parquet.ParquetRecords(PeekedStream.Seekable(stream, part.Name), part.Name, fields, suffix),
                FileKind.ArrowFile => ArrowRecords.OpenFile(PeekedStream.Seekable(stream, part.Name), part.Name, fields, suffix),
                FileKind.ArrowStream => ArrowRecords.OpenStream(stream, part.Name, fields, suffix),
                _ => new TableRecords(stream, part.Name, fields, suffix),
            };
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}
