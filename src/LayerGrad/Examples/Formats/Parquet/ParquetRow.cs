using System.Text.Json;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>Puts the values of columns together again, by their levels, into the values of a row (Melnik et al. 2010, Dremel).</summary>
/// <param name="columns">The open columns by their places in the row group; null for those that are not read.</param>
internal sealed class ParquetRow(ParquetColumn?[] columns)
{
    /// <summary>Writes the value that a field has in the next row.</summary>
    public void Write(Utf8JsonWriter writer, ParquetNode node)
    {
        if (node.IsRepeated)
            WriteItems(writer, node, node);
        else
            WriteOne(writer, node);
    }

    /// <summary>Passes over a field's value in the next row.</summary>
    public void Skip(ParquetNode node)
    {
        foreach (var column in node.Columns.Select(Open))
        {
            do
                column.Skip();
            while (column.Repetition > 0);
        }
    }

    private void WriteOne(Utf8JsonWriter writer, ParquetNode node)
    {
        if (node.IsOptional && First(node).Definition < node.DefinitionLevel)
        {
            SkipEntry(node);
            writer.WriteNullValue();
        }
        else
        {
            WriteContent(writer, node);
        }
    }

    private void WriteContent(Utf8JsonWriter writer, ParquetNode node)
    {
        if (node.Column >= 0)
        {
            Open(node).Write(writer);
        }
        else if (node.List is var (repeated, item))
        {
            WriteItems(writer, repeated, item);
        }
        else
        {
            writer.WriteStartObject();
            foreach (var child in node.Children)
            {
                writer.WritePropertyName(child.Name);
                Write(writer, child);
            }

            writer.WriteEndObject();
        }
    }

    /// <summary>Writes the items of a list, of which an empty one has an entry too, at a lower level.</summary>
    private void WriteItems(Utf8JsonWriter writer, ParquetNode repeated, ParquetNode item)
    {
        writer.WriteStartArray();
        var first = First(repeated);
        if (first.Definition < repeated.DefinitionLevel)
        {
            SkipEntry(repeated);
        }
        else
        {
            do
            {
                if (ReferenceEquals(repeated, item))
                    WriteContent(writer, repeated);
                else
                    Write(writer, item);
            }
            while (first.Repetition == repeated.RepetitionLevel);
        }

        writer.WriteEndArray();
    }

    private void SkipEntry(ParquetNode node)
    {
        foreach (var column in node.Columns)
            Open(column).Skip();
    }

    private ParquetColumn First(ParquetNode node) => Open(node.Columns.First());

    private ParquetColumn Open(ParquetNode node) => columns[node.Column] ?? throw new InvalidOperationException($"the column {node.Name} is not open");
}
