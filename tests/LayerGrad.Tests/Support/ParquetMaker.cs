using Parquet;
using Parquet.Schema;

namespace LayerGrad.Tests.Support;

/// <summary>Writes Parquet files of texts.</summary>
internal static class ParquetMaker
{
    /// <summary>The bytes of a file.</summary>
    /// <param name="columns">The names of the columns.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="groups">How many rows a row group has.</param>
    /// <param name="compression">By what the columns are compressed.</param>
    public static byte[] Make(string[] columns, IReadOnlyList<string?[]> rows, int groups = int.MaxValue, CompressionMethod compression = CompressionMethod.Snappy)
    {
        using var bytes = new MemoryStream();
        Write(bytes, columns, rows.Chunk(groups), compression).GetAwaiter().GetResult();
        return bytes.ToArray();
    }

    /// <summary>Writes a file, a row group at a time.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="columns">The names of the columns.</param>
    /// <param name="groups">The rows of each row group.</param>
    /// <param name="compression">By what the columns are compressed.</param>
    public static async Task Write(Stream stream, string[] columns, IEnumerable<string?[][]> groups, CompressionMethod compression)
    {
        var fields = columns.Select(name => new DataField<string>(name)).ToArray();
        var schema = new ParquetSchema(fields.Cast<Field>().ToArray());
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, new ParquetOptions { CompressionMethod = compression, DictionaryEncodingThreshold = 0 });
        foreach (var rows in groups)
        {
            using var group = writer.CreateRowGroup();
            for (var i = 0; i < fields.Length; i++)
                await group.WriteAsync(fields[i], [.. rows.Select(row => row[i])]);
        }
    }
}
