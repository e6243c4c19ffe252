using System.Diagnostics;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;
using Parquet;

namespace LayerGrad.Tests.Examples;

/// <summary>Parquet as different writers write it.</summary>
public sealed class ParquetTests : IDisposable
{
    /// <summary>By DuckDB 1.5.6: pages of version 2, zstd, dictionaries, <c>messages</c> as a list of structures, and a list of texts with nulls.</summary>
    private const string NestedInPagesOfVersion2 = """
        UEFSMRUAFcwDFYoBLBUOFQwVBhUGAAAotS/9IOblAQDEAiEAAABBWgACAAAADgSAEAgHCAkEACqjoAB1c2VyYXNzaXN0YW50c3lzdGVtBQAwD9DmETJIGcCUCIwVABWYAxV+LBUOFQwV
        BhUGAAAotS/9IMy1AQDEAiEAAABBWgACAAAADgSAEAgHBgsEAGQMKgBvbmUxc3R3byDml6UydGhyZWUzAxAAORGYEo0VABXgARVILBUIFQwVBhUGAAAotS/9IHDdAAB4IQAAAEEEAEFs
        gBAIAQJ4BAAAB9CHVMBEsAUVBBmcNQAYDWR1Y2tkYl9zY2hlbWEVBAA1AhgIbWVzc2FnZXMVAhUGADUEGARsaXN0FQIANQIYB2VsZW1lbnQVBAAVDCUCGARyb2xlJQAAFQwlAhgHY29u
        dGVudCUAADUCGAR0YWdzFQIVBgA1BBgEbGlzdBUCABUMJQIYB2VsZW1lbnQlAAAWBhkcGTwmABwVDBkVDBlICG1lc3NhZ2VzBGxpc3QHZWxlbWVudARyb2xlFQwWDhbyAxawASYIPBgE
        dXNlchgJYXNzaXN0YW50FgAoBHVzZXIYCWFzc2lzdGFudBERAAAAJgAcFQwZFQwZSAhtZXNzYWdlcwRsaXN0B2VsZW1lbnQHY29udGVudBUMFg4WvAMWogEmuAE8GAd0d28g5pelGAEx
        FgAoB3R3byDml6UYATEREQAAACYAHBUMGRUMGTgEdGFncwRsaXN0B2VsZW1lbnQVDBYIFoQCFmwm2gI8GAF4GAF4FgYoAXgYAXgREQAAABayCRYGJggWvgMAKChEdWNrREIgdmVyc2lv
        biB2MS41LjYgKGJ1aWxkIDA2OWNjOWY5YjUpGTwcAAAcAAAcAAAAugEAAFBBUjE=
        """;

    /// <summary>By parquet-rs 59.3: pages of version 2, not compressed, texts that begin as the one before (DELTA_BYTE_ARRAY), nulls.</summary>
    private const string DeltaByteArray = """
        UEFSMRUGFYoBFYoBXBUGFQAVBhUOFQQVABIAAAYBgAEEAwAJBAAAAA8AAAAAAAAAAAAAAAAAAACAAQQDFBEEAAAAwAAAAAAAAAAAAAAAAAAAAHF1ZXN0aW9uIDEyIOaXpRUGFRwVHFwV
        BhUEFQYVDhUEFQASAAADAoABBAEAgAEEAQRpbhUGFTIVMlwVBhUAFQYVDhUEFQASAAAGAYABBAMAAgAAAACAAQQDAgAAAAAAYWJjGRwWCBW6ARYAABkWPAAZHBbCARVIFgAAGRYEABkc
        FooCFV4WAAAZFgwAFQQZTEgMYXJyb3dfc2NoZW1hFQYAFQwlAhgLaW5zdHJ1Y3Rpb24lAEwcAAAAFQwlAhgFaW5wdXQlAEwcAAAAFQwlAhgGb3V0cHV0JQBMHAAAABYGGRwZPCYAHBUM
        GSUGDhkYC2luc3RydWN0aW9uFQAWBha6ARa6ASYISRwVBhUOFQIAABboAhUcACYAHBUMGSUGDhkYBWlucHV0FQAWBhZIFkgmwgFJHBUGFQ4VAgAAFoQDFRwAJgAcFQwZJQYOGRgGb3V0
        cHV0FQAWBhZeFl4migJJHBUGFQ4VAgAAFqADFRwAFuACFgYmCBbgAhQAABkcGAxBUlJPVzpzY2hlbWEYnAIvLy8vLzh3QUFBQVFBQUFBQUFBS0FBd0FDZ0FKQUFRQUNnQUFBQkFBQUFB
        QUFRUUFDQUFJQUFBQUJBQUlBQUFBQkFBQUFBTUFBQUJzQUFBQU1BQUFBQVFBQUFDdy8vLy9GQUFBQUF3QUFBQUFBQUVGREFBQUFBQUFBQUNnLy8vL0JnQUFBRzkxZEhCMWRBQUEyUC8v
        L3hRQUFBQU1BQUFBQUFBQkJRd0FBQUFBQUFBQXlQLy8vd1VBQUFCcGJuQjFkQUFBQUJBQUZBQVFBQTRBRHdBRUFBQUFDQUFRQUFBQUdBQUFBQXdBQUFBQUFBRUZFQUFBQUFBQUFBQUVB
        QVFBQkFBQUFBc0FBQUJwYm5OMGNuVmpkR2x2YmdBPQAYGXBhcnF1ZXQtcnMgdmVyc2lvbiA1OS4zLjAZPBwAABwAABwAAABIAgAAUEFSMQ==
        """;

    private static readonly string[] s_columns = ["instruction", "input", "output", "ignored"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nested_turns_in_pages_of_version_2_are_read()
    {
        var examples = Load(Bytes(NestedInPagesOfVersion2)).Examples;
        examples.Select(example => (example.Instruction, example.Output)).ShouldBe([("one", "1"), ("s\ntwo 日", "2"), ("three", "3")]);
        examples[1].Messages!.Select(turn => turn.Role).ShouldBe(["system", "user"]);
    }

    [Fact]
    public void Texts_that_begin_as_the_one_before_are_read() =>
        Load(Bytes(DeltaByteArray)).Examples.Select(example => (example.Instruction, example.Input, example.Output))
            .ShouldBe([("question 1", "", "a"), ("question 12", "in", "ab"), ("quest 日", "", "abc")]);

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Brotli)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.LZ4)]
    [InlineData(CompressionMethod.Lz4Raw)]
    public void Any_part_of_the_rows_is_read_from_any_compression(CompressionMethod compression)
    {
        string?[][] rows = [.. Enumerable.Range(0, 25).Select(i => new[] { $"q{i} é", i % 3 == 0 ? null : $"in {i}", new string('x', i + 1), i % 2 == 0 ? null : "no" })];
        var source = Source(ParquetMaker.Make(s_columns, rows, groups: 7, compression));
        Dataset.Count(source).ShouldBe(25);
        Dataset.Load(source).Examples.Select(example => (example.Instruction, example.Input, example.Output)).ShouldBe(rows.Select(row => (row[0]!, row[1] ?? "", row[2]!)));
        foreach (var (first, end) in ((int, int)[])[(0, 3), (6, 8), (7, 14), (13, 25), (24, 25)])
        {
            var part = Dataset.Load(source, first: first, end: end);
            part.Examples.Select(example => example.Index).ShouldBe(Enumerable.Range(first, end - first));
            part.Examples.Select(example => example.Instruction).ShouldBe(rows[first..end].Select(row => row[0]));
        }

        var beyond = Dataset.Load(source, first: 30, end: 40);
        (beyond.Examples.Count, beyond.End).ShouldBe((0, 25));
    }

    [Fact]
    public void Any_broken_byte_gives_a_line_or_other_records_but_no_exception_of_a_reader()
    {
        var sound = ParquetMaker.Make(s_columns, [.. Enumerable.Range(0, 9).Select(i => new[] { $"q{i}", null, $"a{i}", "x" })], groups: 4);
        var random = new Random(3);
        for (var i = 0; i < (Extent.IsWhole ? 3000 : 300); i++)
        {
            var broken = (byte[])sound.Clone();
            for (var j = 0; j < 1 + i % 3; j++)
                broken[random.Next(4, broken.Length)] = (byte)random.Next(256);
            RefusesOrReads(i % 5 == 0 ? broken[..random.Next(4, broken.Length)] : broken);
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_by_their_record()
    {
        var bytes = ParquetMaker.Make(["instruction", "output"], [["i", "o"], ["i", "bad"]], compression: CompressionMethod.None);
        for (int at; (at = bytes.AsSpan().IndexOf("bad"u8)) >= 0;)
            bytes[at] = 0xff; // In the page, and where the file says which value is the least.
        Should.Throw<InputException>(() => Load(bytes)).Message.ShouldContain("record 1 (0-based): the Parquet data is broken (a value is bytes that are no text in UTF-8)");
    }

    [Fact]
    public void Columns_without_a_meaning_are_listed() =>
        Should.Throw<InputException>(() => Load(ParquetMaker.Make(["query", "reply"], [["a", "b"]]))).Message
            .ShouldEndWith("has the columns query, reply, none of which is an instruction; name those that are with --instruction-field and --output-field.");

    /// <summary>Two gigabytes of which a hundred records are measured: nothing like the file is ever in memory.</summary>
    [ExtensiveFact]
    public async Task A_file_of_two_gigabytes_takes_less_than_300_MB()
    {
        const int Groups = 128;
        var random = new Random(1);
        var characters = new char[8000];
        string?[][] rows = [.. Enumerable.Range(0, 2000).Select(i => new string?[] { $"question {i}", null, Text(), "no" })];
        var path = _folder.At("large.parquet");
        await using (var file = File.Create(path))
            await ParquetMaker.Write(file, s_columns, Enumerable.Repeat(rows, Groups), CompressionMethod.None);
        new FileInfo(path).Length.ShouldBeGreaterThan(2_000_000_000);

        using var process = Layergrad.Start("measure", "--model", Shared.Path("models", "tiny", "llama2"), "--data", path, "--limit", "100", "--max-length", "64", "--threads", "1", "--out", _folder.At("run.jsonl"));
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var peak = 0L;
        while (!process.WaitForExit(10))
            peak = Math.Max(peak, PeakOf(process));
        (await errors).ShouldContain("measuring 100 examples, instruction and output, Parquet");
        process.ExitCode.ShouldBe(0, await output);
        (peak / 1_000_000).ShouldBeInRange(20, 300);

        string Text()
        {
            for (var i = 0; i < characters.Length; i++)
                characters[i] = (char)random.Next(' ', '~');
            return new string(characters);
        }
    }

    /// <summary>The most memory that a process has had, in bytes.</summary>
    private static long PeakOf(Process process)
    {
        try
        {
            return File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(line => line.StartsWith("VmHWM", StringComparison.Ordinal)) is { } line
                ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024
                : 0;
        }
        catch (IOException)
        {
            return 0; // It has just ended.
        }
    }

    private static byte[] Bytes(string base64) => Convert.FromBase64String(string.Concat(base64.Where(c => !char.IsWhiteSpace(c))));

    private void RefusesOrReads(byte[] bytes)
    {
        try
        {
            Load(bytes);
        }
        catch (InputException error)
        {
            error.Message.ShouldNotContain('\n');
        }
    }

    private DatasetSource Source(byte[] bytes) => DatasetSource.OnDisk(_folder.Write("data.bin", bytes));

    private LoadedDataset Load(byte[] bytes) => Dataset.Load(Source(bytes));
}
