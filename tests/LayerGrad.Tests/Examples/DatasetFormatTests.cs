using System.IO.Compression;
using System.Text;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Examples;

/// <summary>What a file is, told by its bytes whatever it is called.</summary>
public sealed class DatasetFormatTests : IDisposable
{
    private const string Table = "instruction,input,output\n\"a, \"\"b\"\"\r\nc\",,x\nd,e,\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Quotation_marks_line_feeds_and_empty_values_of_a_table_are_kept() =>
        Load(Table).Examples.ShouldBe([new Example(0, "a, \"b\"\r\nc", "", "x"), new Example(1, "d", "e", "")]);

    [Fact]
    public void A_table_apart_by_tabs_may_have_commas_in_its_header() =>
        Load("instruction\toutput\ta,b\n1,5\tx\ty\n").Examples.ShouldBe([new Example(0, "1,5", "", "x")]);

    [Theory]
    [InlineData("a,b\n1,2\n", "is read as CSV, and has the columns a, b, none of which is an instruction")]
    [InlineData("just some words", "is read as CSV, and has the columns just some words, none")]
    [InlineData("instruction,output\na,b,c\n", "row 2 has 3 values, but there are 2 columns")]
    [InlineData("instruction,output\na,b \"c\" d\n", "row 2: a quotation mark stands where none may")]
    [InlineData("instruction,output,output\na,b,c\n", "two columns are named 'output'")]
    [InlineData("instruction,output\n", "the dataset has no records")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "is a Git LFS pointer")]
    [InlineData("<!DOCTYPE html><html></html>", "is a web page")]
    [InlineData("[{\"instruction\": \"a\", \"output\": \"b\"}, ]", "DATA:1:39: not valid JSON")]
    [InlineData("[{\"instruction\": \"a\", \"output\": \"b\"} {}]", "DATA:1:38: not valid JSON: ',' or ']' expected after a record")]
    [InlineData("[{\"instruction\": \"a\", \"output\": \"b\"}", "not valid JSON: the array is not closed")]
    [InlineData("{\"data\": [{\"instruction\": \"a\", \"output\": \"b\"}]}\n{}", "something follows the object with the array data")]
    [InlineData("{\"data\": []}", "the dataset has no records")]
    public void What_is_wrong_is_said_in_a_line(string text, string expected)
    {
        var message = ErrorOf(Encoding.UTF8.GetBytes(text));
        message.ShouldContain(expected);
        message.ShouldNotContain('\n');
    }

    public static TheoryData<byte[], string> Foreign => new()
    {
        { [0xff, 0xfe, (byte)'[', 0, (byte)'{', 0], "is text in UTF-16" },
        { [(byte)'[', 0, (byte)'{', 0, (byte)'"', 0], "is text in UTF-16" },
        { [(byte)'P', (byte)'K', 3, 4, 0, 0], "is a zip archive" },
        { [0x80, 4, 0x95, 1, 2, 3], "is a Python pickle" },
        { [0x89, (byte)'H', (byte)'D', (byte)'F'], "is an HDF5 file" },
        { [(byte)'F', (byte)'E', (byte)'A', (byte)'1'], "is a Feather file of version 1" },
        { [1, 2, 3, 0, 0, 0], "is a binary file of a kind that is not known" },
        { [(byte)'[', 0xe9, (byte)'"'], "is neither text in UTF-8" },
        { [], "the file is empty" },
        { "PAR1"u8.ToArray(), "the Parquet data is broken" },
        { "ARROW1\0\0abc"u8.ToArray(), "the Arrow data is broken" },
        { [0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1], "the Arrow data is broken" },
        { [0x1f, 0x8b, 8, 0, 1], "the gzip data is" },
        { [0x28, 0xb5, 0x2f, 0xfd, 1], "the zstd data is" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void A_file_of_another_kind_is_told_for_what_it_is(byte[] bytes, string expected)
    {
        var message = ErrorOf(bytes);
        message.ShouldStartWith("DATA: ");
        message.ShouldContain(expected);
        message.ShouldNotContain('\n');
    }

    [Fact]
    public void Compressed_text_is_read_and_a_file_that_is_cut_off_refused()
    {
        string[] lines = [.. Enumerable.Range(0, 2000).Select(i => $$"""{"instruction": "{{i * 7919 % 10007}}", "output": "{{i}}"}""")];
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var bytes = packed.ToArray();
        var whole = Dataset.Load(Source(bytes));
        whole.Examples.Count.ShouldBe(2000);
        whole.Description.ShouldBe("instruction and output, JSON Lines (gzip)");
        ErrorOf(bytes[..(bytes.Length / 2)]).ShouldContain("DATA");
        ErrorOf(bytes[..^5]).ShouldContain("the gzip data is cut off");
    }

    [Fact]
    public void Records_longer_than_any_buffer_are_read_one_at_a_time()
    {
        var text = string.Concat(Enumerable.Repeat("é\\\"", 100_000));
        var record = $$"""{"x": {"y": ["}", "\\"]}, "instruction": "{{text}}", "output": "o"}""";
        foreach (var dataset in (LoadedDataset[])[Load($"[{record},\n {record}]"), Load($"{record}\n{record}\n"), Load($$"""{"version": 1, "data": [{{record}}, {{record}}]}""")])
        {
            dataset.Examples.Count.ShouldBe(2);
            dataset.Examples[1].Instruction.ShouldBe(text.Replace("\\\"", "\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_part_is_read_without_what_follows_it()
    {
        const string Text = "[{\"instruction\": \"a\", \"output\": \"b\"}, {\"instruction\": \"c\", \"output\": \"d\"}, this is no JSON";
        var source = Source(Encoding.UTF8.GetBytes(Text));
        Dataset.Load(source, first: 1, end: 2).Examples.ShouldBe([new Example(1, "c", "", "d")]);
        Should.Throw<InputException>(() => Dataset.Load(source)).Message.ShouldContain("not valid JSON");
    }

    [Fact]
    public void The_identity_of_the_first_records_stays_when_others_follow()
    {
        var (two, three) = (Load("instruction,output\na,b\nc,d\n"), Load("""[{"question": "a", "answer": "b"}, {"question": "c", "answer": "d"}, {"question": "e", "answer": "f"}]"""));
        three.IdentityOf(2).ShouldBe(two.Identity);
        three.Identity.ShouldNotBe(two.Identity);
        Load("instruction,output\na,b\nd,c\n").Identity.ShouldNotBe(two.Identity);
        Load("""[{"instruction": "a", "output": "b", "system": "s"}, {"question": "c", "answer": "d"}]""").Identity.ShouldNotBe(two.Identity);
    }

    [Fact]
    public void Standard_input_is_kept_beside_the_run()
    {
        var spool = new InputSpool(_folder.At("run.stdin"), _folder.At("run.meta.json"));
        using var given = new MemoryStream("instruction,output\na,b\n"u8.ToArray());
        Dataset.Load(StandardInput.Read(spool, given)).Examples.ShouldBe([new Example(0, "a", "", "b")]);
        _folder.Write("run.meta.json", "{}");
        Dataset.Load(StandardInput.Read(spool, Stream.Null)).Examples.Count.ShouldBe(1);
        using var other = new MemoryStream("instruction,output\na,c\n"u8.ToArray());
        Should.Throw<InputException>(() => StandardInput.Read(spool, other)).Message.ShouldContain("begun with other data on standard input");
        Dataset.Load(StandardInput.Read(spool, Stream.Null)).Examples[0].Output.ShouldBe("b");
        Should.Throw<InputException>(() => StandardInput.Read(null, Stream.Null)).Message.ShouldContain("nothing came on standard input");
        Directory.GetFiles(_folder.Path).Select(Path.GetFileName).ShouldBe(["run.stdin", "run.meta.json"], ignoreOrder: true);
    }

    [Fact]
    public void A_folder_is_the_shards_of_its_training_split()
    {
        foreach (var (name, text) in ((string, string)[])[("README.md", "x"), ("dataset_info.json", "{}"), ("data/train-00001-of-00002.csv", "instruction,output\nc,d\n"),
            ("data/train-00000-of-00002.csv", "instruction,output\na,b\n"), ("data/test.csv", "instruction,output\ne,f\n")])
            _folder.Write(name, text);
        var dataset = Dataset.Load(DatasetSource.OnDisk(_folder.Path));
        dataset.Examples.ShouldBe([new Example(0, "a", "", "b"), new Example(1, "c", "", "d")]);
        dataset.Description.ShouldBe("instruction and output, CSV (2 files)");
        _folder.Write("data/train-x.jsonl", "{}");
        Should.Throw<InputException>(() => DatasetSource.OnDisk(_folder.Path)).Message.ShouldContain("several formats (.csv, .jsonl)");
    }

    private DatasetSource Source(byte[] bytes) => DatasetSource.OnDisk(_folder.Write("data", bytes));

    private LoadedDataset Load(string text) => Dataset.Load(Source(Encoding.UTF8.GetBytes(text)));

    private string ErrorOf(byte[] bytes) =>
        Should.Throw<InputException>(() => Dataset.Load(Source(bytes))).Message.Replace(_folder.At("data"), "DATA", StringComparison.Ordinal);
}
