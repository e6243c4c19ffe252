using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Examples;

/// <summary>What an Arrow message claims of itself is checked before Apache.Arrow makes room for it.</summary>
public sealed class ArrowMessageTests
{
    private const int Rows = 3;
    private const int Columns = 2;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sound_one_is_read(bool isFile) => Load(Arrow(isFile)).Examples.Select(example => example.Output).ShouldBe(["a", "b", "c"]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_list_that_is_longer_than_its_message_is_refused(bool isFile)
    {
        var bytes = Arrow(isFile);
        var nodes = PlaceOfNodes(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(nodes), 180_000_000); // 1.4 GB as Apache.Arrow would list them.

        Refused(bytes).ShouldContain("a list is longer than the message that holds it");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_message_that_claims_gigabytes_is_refused(bool isFile, bool hasContinuation)
    {
        var bytes = Arrow(isFile);
        var message = BeginOfRecords(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(hasContinuation ? message + 4 : message), 1_700_000_000);

        Refused(bytes).ShouldContain("a message is described in 1700000000 bytes, more than");
    }

    private static string Refused(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Should.Throw<InputException>(() => Load(bytes)).Message;
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(256 << 20);
        return message;
    }

    private static LoadedDataset Load(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        return Dataset.Load(DatasetSource.OnDisk(folder.Write("data.arrow", bytes)));
    }

    /// <summary>Where the records' message begins: before the last continuation that the nodes stand behind.</summary>
    private static int BeginOfRecords(byte[] bytes) => bytes.AsSpan(0, PlaceOfNodes(bytes)).LastIndexOf((ReadOnlySpan<byte>)[0xff, 0xff, 0xff, 0xff]);

    /// <summary>Where the number of the records' nodes stands: behind it is the first column's, with its rows and no nulls.</summary>
    private static int PlaceOfNodes(byte[] bytes)
    {
        var expected = new byte[20];
        BinaryPrimitives.WriteInt32LittleEndian(expected, Columns);
        BinaryPrimitives.WriteInt64LittleEndian(expected.AsSpan(4), Rows);
        return bytes.AsSpan().IndexOf(expected) is >= 0 and var place ? place : throw new InvalidOperationException("there are no such nodes");
    }

    private static byte[] Arrow(bool isFile)
    {
        var questions = new StringArray.Builder().Append("1").Append("2").Append("3").Build();
        var answers = new StringArray.Builder().Append("a").Append("b").Append("c").Build();
        var batch = new RecordBatch.Builder().Append("instruction", nullable: false, questions).Append("output", nullable: false, answers).Build();
        using var stream = new MemoryStream();
        using (var writer = isFile ? new ArrowFileWriter(stream, batch.Schema, leaveOpen: true) : new ArrowStreamWriter(stream, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }
}
