using System.Text;
using System.Text.Unicode;

namespace LayerGrad.Examples.Formats;

/// <summary>Tells what a file is by its first bytes.</summary>
internal static class FileKinds
{
    private const string Unpack = "unpack it and name the file in it";

    /// <summary>Files that are no datasets, by their first bytes: what each is, and what to do.</summary>
    private static readonly (byte[] Start, string What)[] s_others =
    [
        ("version https://git-lfs.github.com/spec/"u8.ToArray(), "is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'"),
        ("PK\u0003\u0004"u8.ToArray(), $"is a zip archive (or an Excel file); {Unpack}, or save the sheet as CSV"),
        ("PK\u0005\u0006"u8.ToArray(), "is an empty zip archive"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], $"is a 7z archive; {Unpack}"),
        ("Rar!"u8.ToArray(), $"is a RAR archive; {Unpack}"),
        ("BZh"u8.ToArray(), "is compressed by bzip2, which is not read; unpack it, or compress it as .gz or .zst"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "is compressed by xz, which is not read; unpack it, or compress it as .gz or .zst"),
        ([0x04, 0x22, 0x4d, 0x18], "is compressed by lz4, which is not read; unpack it, or compress it as .gz or .zst"),
        ("PARE"u8.ToArray(), "is an encrypted Parquet file, which is not read"),
        ("FEA1"u8.ToArray(), "is a Feather file of version 1, which is not read; write it again as version 2 (pyarrow.feather.write_feather)"),
        ("SQLite format 3"u8.ToArray(), "is an SQLite database; export the table as CSV"),
        ([0x89, 0x48, 0x44, 0x46], "is an HDF5 file, which is not read; export it as Parquet or JSON Lines"),
        ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "is a NumPy array, not a dataset of records"),
        ("Obj\u0001"u8.ToArray(), "is an Avro file, which is not read; export it as Parquet or JSON Lines"),
        ("ORC"u8.ToArray(), "is an ORC file, which is not read; export it as Parquet or JSON Lines"),
        ("GGUF"u8.ToArray(), "is a GGUF model; name it with --model"),
        ("%PDF"u8.ToArray(), "is a PDF document, not a dataset"),
        ("<!DOCTYPE"u8.ToArray(), "is a web page, not a dataset; a login page or a proxy may stand in between"),
        ("<!doctype"u8.ToArray(), "is a web page, not a dataset; a login page or a proxy may stand in between"),
        ("<html"u8.ToArray(), "is a web page, not a dataset; a login page or a proxy may stand in between"),
        ("<?xml"u8.ToArray(), "is XML, which is not read; export it as JSON Lines or CSV"),
    ];

    /// <summary>Tells the format.</summary>
    /// <param name="head">The file's first bytes, decompressed.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="InputException">It is none that is read; the line says what it is.</exception>
    public static FileKind Of(ReadOnlySpan<byte> head, string name)
    {
        if (head.IsEmpty)
            throw new InputException($"{name}: the file is empty; it should hold records with instruction and output.");
        if (head.StartsWith("PAR1"u8))
            return FileKind.Parquet;
        if (head.StartsWith("ARROW1"u8))
            return FileKind.ArrowFile;
        foreach (var (start, what) in s_others)
        {
            if (head.StartsWith(start))
                throw new InputException($"{name}: {what}.");
        }

        if (Wide(head) is { } encoding)
            throw new InputException($"{name}: is text in {encoding}; save it in UTF-8.");
        if (head.Length >= 8 && head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xff, 0xff, 0xff]))
            return FileKind.ArrowStream;
        if (head[0] == 0x80 && head.Length > 1 && head[1] is >= 2 and <= 5)
            throw new InputException($"{name}: is a Python pickle, which can run code when it is read; save the data as JSON Lines or Parquet.");
        if (head.Length > 262 && head[257..].StartsWith("ustar"u8))
            throw new InputException($"{name}: is a tar archive; {Unpack}.");
        return Text(head, name);
    }

    private static FileKind Text(ReadOnlySpan<byte> head, string name)
    {
        var text = head.StartsWith(Encoding.UTF8.Preamble) ? head[Encoding.UTF8.Preamble.Length..] : head;
        if (text.Contains((byte)0))
            throw new InputException($"{name}: is a binary file of a kind that is not known; datasets are JSON, JSON Lines, CSV, TSV, Parquet and Arrow, also as .gz and .zst.");
        if (!IsUtf8(text))
            throw new InputException($"{name}: is neither text in UTF-8 nor a format that is known; save it in UTF-8.");
        var rest = text.TrimStart(" \t\r\n"u8);
        return rest.IsEmpty || rest[0] is (byte)'[' or (byte)'{' ? FileKind.Json : FileKind.Table;
    }

    /// <summary>UTF-16 or UTF-32, by a byte order mark or by the zeros beside the first characters.</summary>
    private static string? Wide(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe, 0, 0]) || head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xfe, 0xff]))
            return "UTF-32";
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || head.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            return "UTF-16";
        return head.Length >= 4 && ((head[0] == 0) != (head[1] == 0)) && (head[0] == 0) == (head[2] == 0) && (head[1] == 0) == (head[3] == 0) ? "UTF-16" : null;
    }

    /// <summary>Whether it is UTF-8, but for a character that the end of the head cuts.</summary>
    private static bool IsUtf8(ReadOnlySpan<byte> text)
    {
        for (var cut = 0; cut < 4 && cut <= text.Length; cut++)
        {
            if (Utf8.IsValid(text[..^cut]))
                return cut == 0 || text.Length >= PeekedStream.HeadBytes - Encoding.UTF8.Preamble.Length;
        }

        return false;
    }
}
