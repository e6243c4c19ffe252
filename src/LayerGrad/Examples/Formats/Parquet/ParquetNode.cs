using global::Parquet.Meta;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>A field of a Parquet file's schema, with the levels at which it is there.</summary>
internal sealed class ParquetNode
{
    private ParquetNode(SchemaElement element, int definitionLevel, int repetitionLevel)
    {
        Element = element;
        DefinitionLevel = definitionLevel + (element.RepetitionType is FieldRepetitionType.OPTIONAL or FieldRepetitionType.REPEATED ? 1 : 0);
        RepetitionLevel = repetitionLevel + (IsRepeated ? 1 : 0);
    }

    /// <summary>What the file says of it.</summary>
    public SchemaElement Element { get; }

    /// <summary>Its name.</summary>
    public string Name => Element.Name;

    /// <summary>The definition level from which on it has a value.</summary>
    public int DefinitionLevel { get; }

    /// <summary>The repetition level of its second and further values in a list.</summary>
    public int RepetitionLevel { get; }

    /// <summary>Whether it stands any number of times.</summary>
    public bool IsRepeated => Element.RepetitionType == FieldRepetitionType.REPEATED;

    /// <summary>Whether it may be null.</summary>
    public bool IsOptional => Element.RepetitionType == FieldRepetitionType.OPTIONAL;

    /// <summary>Its fields; none of a column.</summary>
    public List<ParquetNode> Children { get; } = [];

    /// <summary>The place of its column among the columns of a row group; -1 of a field that has fields.</summary>
    public int Column { get; private set; } = -1;

    /// <summary>
    /// The repeated field whose elements are this list's items, and the field in it that is the item (itself where it has no field of its own);
    /// null where this is no list (the format's rules for lists that older writers made are followed).
    /// </summary>
    public (ParquetNode Repeated, ParquetNode Item)? List
    {
        get
        {
            if (Children is not [{ IsRepeated: true } repeated] || !(Element.LogicalType?.LIST is not null || Element.ConvertedType == ConvertedType.LIST))
                return null;
            var isWrapper = repeated.Children.Count == 1 && repeated.Name != "array" && repeated.Name != Name + "_tuple" && !repeated.Children[0].IsRepeated;
            return (repeated, isWrapper ? repeated.Children[0] : repeated);
        }
    }

    /// <summary>All columns below it, or it itself.</summary>
    public IEnumerable<ParquetNode> Columns => Column >= 0 ? [this] : Children.SelectMany(static child => child.Columns);

    /// <summary>The fields at the top of a schema.</summary>
    /// <param name="schema">The elements as the file lists them: each before its fields.</param>
    public static List<ParquetNode> Fields(IReadOnlyList<SchemaElement> schema)
    {
        var (next, column) = (0, 0);
        return Read(0, 0, depth: 0).Children;

        ParquetNode Read(int definitionLevel, int repetitionLevel, int depth)
        {
            if (next >= schema.Count || depth > Json.ForeignJson.MaxDepth)
                throw new BrokenDataException("the schema is broken");
            var element = schema[next++];
            var node = depth == 0 ? new ParquetNode(new SchemaElement { Name = element.Name }, 0, 0) : new ParquetNode(element, definitionLevel, repetitionLevel);
            if (element.Type is null || depth == 0)
            {
                for (var i = 0; i < (element.NumChildren ?? 0); i++)
                    node.Children.Add(Read(node.DefinitionLevel, node.RepetitionLevel, depth + 1));
            }
            else
            {
                node.Column = column++;
            }

            return node;
        }
    }
}
