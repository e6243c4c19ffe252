using System.Buffers.Binary;

namespace LayerGrad.Examples.Formats;

/// <summary>
/// The description of a message of Arrow's format for streams (https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format), a FlatBuffer, as far as its lists are concerned:
/// Apache.Arrow makes room for as many entries as a list claims to have before it looks at the first.
/// </summary>
internal ref struct ArrowMessage
{
    // The numbers of fields and kinds of Message.fbs and Schema.fbs.
    private const int HeaderKind = 1, Header = 2, BodyLength = 3;
    private const int SchemaKind = 1, DictionaryKind = 2, RecordsKind = 3;
    private const int SchemaFields = 1, Children = 5, DictionaryRecords = 1, Nodes = 1, Buffers = 2, BufferCounts = 4;
    private const int NodeBytes = 16, BufferBytes = 16, CountBytes = 8, ReferenceBytes = 4;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly HashSet<int> _seen = [];

    private ArrowMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Checks that the lists of a message are no longer than the message is.</summary>
    /// <param name="bytes">Its description.</param>
    /// <returns>The bytes of the body that follows.</returns>
    /// <exception cref="BrokenDataException">One is, or what says where it is leads out of the message.</exception>
    public static long BodyAfter(ReadOnlySpan<byte> bytes)
    {
        var message = new ArrowMessage(bytes);
        var root = message.Follow(0);
        var kind = message.Field(root, HeaderKind) is > 0 and var place ? message.Slice(place, 1)[0] : 0;
        if (message.Field(root, Header) is > 0 and var header)
            message.CheckHeader(kind, message.Follow(header));
        return message.Field(root, BodyLength) is > 0 and var length ? Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(message.Slice(length, sizeof(long)))) : 0;
    }

    private void CheckHeader(int kind, int header)
    {
        switch (kind)
        {
            case SchemaKind:
                CheckFields(header, SchemaFields);
                break;
            case DictionaryKind when Field(header, DictionaryRecords) is > 0 and var records:
                CheckRecords(Follow(records));
                break;
            case RecordsKind:
                CheckRecords(header);
                break;
        }
    }

    private void CheckRecords(int records)
    {
        List(records, Nodes, NodeBytes);
        List(records, Buffers, BufferBytes);
        List(records, BufferCounts, CountBytes);
    }

    /// <summary>Fields have fields; each is looked at once, however many lists lead to it.</summary>
    private void CheckFields(int table, int list)
    {
        var left = new Stack<(int Table, int List)>([(table, list)]);
        while (left.TryPop(out var next))
        {
            var (start, count) = List(next.Table, next.List, ReferenceBytes);
            for (var i = 0; i < count; i++)
            {
                var field = Follow(start + i * ReferenceBytes);
                if (_seen.Add(field))
                    left.Push((field, Children));
            }
        }
    }

    /// <summary>Where a list begins and how many entries it has; none where there is no list.</summary>
    private readonly (int Start, int Count) List(int table, int field, int entryBytes)
    {
        if (Field(table, field) is not (> 0 and var place))
            return (0, 0);
        var start = Follow(place);
        var count = Int(start);
        if (count < 0 || start + (long)sizeof(int) + (long)count * entryBytes > _bytes.Length)
            throw new BrokenDataException("a list is longer than the message that holds it");
        return (start + sizeof(int), count);
    }

    /// <summary>Where a field of a table is; 0 where the table has none.</summary>
    private readonly int Field(int table, int number)
    {
        var directory = table - (long)Int(table);
        var entry = (2 + number) * sizeof(ushort);
        if (entry + sizeof(ushort) > BinaryPrimitives.ReadUInt16LittleEndian(Slice(directory, sizeof(ushort))))
            return 0;
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(Slice(directory + entry, sizeof(ushort)));
        return offset == 0 ? 0 : table + offset;
    }

    private readonly int Follow(int place)
    {
        var target = place + (long)(uint)Int(place);
        return target <= _bytes.Length ? (int)target : throw Outside();
    }

    private readonly int Int(long place) => BinaryPrimitives.ReadInt32LittleEndian(Slice(place, sizeof(int)));

    private readonly ReadOnlySpan<byte> Slice(long place, int length) => place >= 0 && place + length <= _bytes.Length ? _bytes.Slice((int)place, length) : throw Outside();

    private static BrokenDataException Outside() => new("a reference leads out of the message that holds it");
}
