using System.Buffers.Binary;
using System.Text;

namespace LayerGrad.Checkpoints.Pickle;

/// <summary>
/// The central directory of a zip archive (PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5, zip64 included). <c>System.IO.Compression</c>
/// does not say where an entry's bytes stand in the file, and weights are read in place.
/// </summary>
internal static class ZipDirectory
{
    private const int EndBytes = 22, LocatorBytes = 20, End64Bytes = 56, EntryBytes = 46, LocalBytes = 30;
    private const int LongestComment = 65535;
    private const long LargestDirectory = 256 << 20;

    /// <summary>Whether a file begins like a zip archive.</summary>
    public static bool IsZip(ReadOnlySpan<byte> beginning) => beginning.StartsWith("PK\x03\x04"u8) || beginning.StartsWith("PK\x05\x06"u8);

    /// <summary>Reads the directory.</summary>
    /// <exception cref="InputException">The archive is broken or truncated.</exception>
    public static Dictionary<string, ZipEntry> Read(CheckpointFile file)
    {
        var (count, size, start) = FindDirectory(file);
        if (size < 0 || start < 0 || size > LargestDirectory || start > file.Length - size || count > size / EntryBytes)
            throw Broken(file, "its directory lies outside the file");
        var directory = new byte[size];
        file.Read(start, directory, "the directory of the archive");
        var entries = new Dictionary<string, ZipEntry>();
        var rest = directory.AsSpan();
        for (var i = 0L; i < count; i++)
        {
            if (rest.Length < EntryBytes || !rest.StartsWith("PK\x01\x02"u8))
                throw Broken(file, "its directory is damaged");
            var (name, extra, comment) = (UInt16(rest[28..]), UInt16(rest[30..]), UInt16(rest[32..]));
            if (rest.Length < EntryBytes + name + extra + comment)
                throw Broken(file, "its directory is damaged");
            var entry = Entry(file, rest, name, extra);
            if (!entries.TryAdd(entry.Name, entry))
                throw Broken(file, "it holds two files of one name");
            rest = rest[(EntryBytes + name + extra + comment)..];
        }

        return entries;
    }

    /// <summary>The position of the first byte of an entry's contents.</summary>
    public static long DataStart(CheckpointFile file, ZipEntry entry)
    {
        Span<byte> header = stackalloc byte[LocalBytes];
        if (entry.Header > file.Length - LocalBytes)
            throw Broken(file, "an entry lies outside the file");
        file.Read(entry.Header, header, "the header of an entry");
        if (!header.StartsWith("PK\x03\x04"u8))
            throw Broken(file, "an entry has no header");
        var start = entry.Header + LocalBytes + UInt16(header[26..]) + UInt16(header[28..]);
        return start <= file.Length - entry.Size ? start : throw Broken(file, "an entry lies outside the file");
    }

    private static ZipEntry Entry(CheckpointFile file, ReadOnlySpan<byte> entry, int name, int extra)
    {
        var isStored = UInt16(entry[10..]) == 0 && (UInt16(entry[8..]) & 1) == 0;
        long size = UInt32(entry[20..]), whole = UInt32(entry[24..]), header = UInt32(entry[42..]);
        var fields = entry.Slice(EntryBytes + name, extra);
        while (fields.Length >= 4)
        {
            var (kind, length) = (UInt16(fields), UInt16(fields[2..]));
            if (length > fields.Length - 4)
                break;
            if (kind == 1)
                ReadWide(fields.Slice(4, length), ref whole, ref size, ref header);
            fields = fields[(4 + length)..];
        }

        if (size < 0 || header < 0 || size > file.Length || header > file.Length || (isStored && size != whole))
            throw Broken(file, "an entry lies outside the file");
        return new ZipEntry(Encoding.UTF8.GetString(entry.Slice(EntryBytes, name)), isStored, size, header);
    }

    /// <summary>The zip64 field holds, in this order, those of the three numbers that did not fit into 32 bits.</summary>
    private static void ReadWide(ReadOnlySpan<byte> field, ref long whole, ref long size, ref long header)
    {
        Take(ref field, ref whole);
        Take(ref field, ref size);
        Take(ref field, ref header);

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue || field.Length < 8)
                return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }

    private static (long Count, long Size, long Start) FindDirectory(CheckpointFile file)
    {
        var tail = new byte[(int)Math.Min(file.Length, EndBytes + LongestComment)];
        file.Read(file.Length - tail.Length, tail, "the end of the archive");
        var end = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || end + EndBytes > tail.Length)
            throw Broken(file, "its end is missing (it is truncated)");
        var record = tail.AsSpan(end);
        (long count, long size, long start) = (UInt16(record[10..]), UInt32(record[12..]), UInt32(record[16..]));
        if (end < LocatorBytes || !tail.AsSpan(end - LocatorBytes).StartsWith("PK\x06\x07"u8))
            return (count, size, start);
        var position = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(end - LocatorBytes + 8));
        if (position < 0 || position > file.Length - End64Bytes)
            throw Broken(file, "its directory lies outside the file");
        var wide = new byte[End64Bytes];
        file.Read(position, wide, "the end of the archive");
        if (!wide.AsSpan().StartsWith("PK\x06\x06"u8))
            throw Broken(file, "its directory is damaged");
        return (BinaryPrimitives.ReadInt64LittleEndian(wide.AsSpan(32)), BinaryPrimitives.ReadInt64LittleEndian(wide.AsSpan(40)), BinaryPrimitives.ReadInt64LittleEndian(wide.AsSpan(48)));
    }

    private static int UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static InputException Broken(CheckpointFile file, string what) => new($"{file.Path}: is a broken zip archive: {what}; get it again");
}
