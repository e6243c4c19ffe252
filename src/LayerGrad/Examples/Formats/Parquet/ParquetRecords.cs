using global::Parquet.Meta;
using LayerGrad.Examples.Forms;
using LayerGrad.Json;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>The rows of a Parquet file: of each row group that is needed, the columns that mean something, a page of each at a time.</summary>
internal sealed class ParquetRecords : RecordStream
{
    private readonly Stream _file;
    private readonly string _name;
    private readonly string _suffix;
    private readonly FileMetaData _metadata;
    private readonly List<ParquetNode> _fields;
    private readonly RecordBuilder _record = new();
    private int _nextGroup;
    private ParquetRow? _rows;
    private long _left;

    /// <summary>Records of a file.</summary>
    /// <param name="file">The file, which can seek; owned.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="fields">Which fields hold what.</param>
    /// <param name="suffix">What is said behind the format.</param>
    public ParquetRecords(Stream file, string name, DatasetFields fields, string suffix)
    {
        (_file, _name, _suffix) = (file, name, suffix);
        try
        {
            _metadata = BrokenFile.Guard(name, "Parquet", () => ParquetFooter.Read(file));
            var columns = BrokenFile.Guard(name, "Parquet", () => ParquetNode.Fields(_metadata.Schema));
            _fields = [.. FieldNames.Wanted([.. columns.Select(static column => column.Name)], fields, name, "has").Select(i => columns[i])];
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override string Format => "Parquet" + _suffix;

    public override int Skip(int count)
    {
        var skipped = 0;
        while (skipped < count && NextRow(count - skipped, ref skipped))
        {
            if (skipped == count)
                break;
            BrokenFile.Guard(_name, "Parquet", () =>
            {
                foreach (var field in _fields)
                    _rows!.Skip(field);
                return true;
            });
            _left--;
            skipped++;
        }

        return skipped;
    }

    public override JsonValue? Read(string place)
    {
        var none = 0;
        if (!NextRow(0, ref none))
            return null;
        _left--;
        return BrokenFile.Guard(place, "Parquet", () =>
        {
            var writer = _record.Begin();
            foreach (var field in _fields)
            {
                writer.WritePropertyName(field.Name);
                _rows!.Write(writer, field);
            }

            return _record.End(place);
        });
    }

    public override void Dispose()
    {
        _record.Dispose();
        _file.Dispose();
    }

    /// <summary>Moves to a row, over whole row groups where so many rows are passed over.</summary>
    /// <param name="most">How many rows may be passed over.</param>
    /// <param name="skipped">Grows by the rows that were.</param>
    /// <returns>Whether there is a row.</returns>
    private bool NextRow(int most, ref int skipped)
    {
        while (_left == 0)
        {
            if (_nextGroup == _metadata.RowGroups.Count)
                return false;
            var group = _metadata.RowGroups[_nextGroup++];
            if (group.NumRows <= most)
            {
                skipped += (int)group.NumRows;
                most -= (int)group.NumRows;
                continue;
            }

            _rows = BrokenFile.Guard(_name, "Parquet", () => Open(group));
            _left = group.NumRows;
        }

        return true;
    }

    private ParquetRow Open(RowGroup group)
    {
        var columns = new ParquetColumn?[group.Columns.Count];
        foreach (var node in _fields.SelectMany(static field => field.Columns.DefaultIfEmpty()))
        {
            var chunk = node is null ? throw new BrokenDataException("a field has neither values nor fields") : group.Columns[node.Column];
            if (chunk.FilePath is not null)
                throw new UnreadDataException("columns in another file are not read");
            columns[node.Column] = new ParquetColumn(_file, node, chunk.MetaData ?? throw new UnreadDataException("encrypted columns are not read"));
        }

        return new ParquetRow(columns);
    }
}
