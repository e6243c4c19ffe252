using System.Text;
using LayerGrad.Checkpoints;
using LayerGrad.Checkpoints.Pickle;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Files of torch.save, made by PyTorch (torch/make_torch_files.py) and by hand.</summary>
public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zip.bin")]
    [InlineData("legacy.bin")]
    [InlineData("protocol4.bin")]
    public void Every_tensor_of_a_state_dict_is_read_as_PyTorch_wrote_it(string name)
    {
        using var file = CheckpointFile.Open(Made(name));
        var tensors = TorchFile.Read(file).ToDictionary(static tensor => tensor.Name);
        var ramp = Enumerable.Range(0, 24).Select(static i => i * 0.5 - 3).ToArray();

        Values(file, tensors["f64"], "F64", 2, 3, 4).ShouldBe(ramp);
        Values(file, tensors["f32"], "F32", 4, 6).ShouldBe(ramp);
        Values(file, tensors["tied"], "F32", 4, 6).ShouldBe(ramp);
        Values(file, tensors["rows"], "F32", 2, 6).ShouldBe(ramp[6..18]);
        Values(file, tensors["f16"], "F16", 6, 4).ShouldBe(ramp);
        Values(file, tensors["bf16"], "BF16", 24).ShouldBe(ramp);
        Values(file, tensors["scalar"], "F32").ShouldBe([2.5]);
        Values(file, tensors["empty"], "F32", 0, 3).ShouldBeEmpty();
        Values(file, tensors["parameter"], "F32", 2, 3).ShouldBe([0, 1, 2, 3, 4, 5]);
        tensors["ids"].DType.Name.ShouldBe("I64");
        tensors["mask"].DType.Name.ShouldBe("BOOL");
        tensors.Count.ShouldBe(11);
    }

    [Theory]
    [InlineData("strided.bin", "strides (1, 3)")]
    [InlineData("nested.bin", "a dictionary 'state_dict'")]
    [InlineData("module.bin", "torch.nn.modules.linear.Linear")]
    [InlineData("sparse.bin", "torch._utils._rebuild_sparse_tensor")]
    public void What_is_no_state_dict_of_dense_tensors_is_refused_by_what_it_is(string name, string told) =>
        Refusal(Made(name)).ShouldContain(told);

    [Theory]
    [InlineData("cos\nsystem\n(S'touch owned'\ntR.", "os.system")]
    [InlineData("cposix\nsystem\n.", "posix.system")]
    [InlineData("cbuiltins\neval\n.", "builtins.eval")]
    [InlineData("c__builtin__\ngetattr\n.", "__builtin__.getattr")]
    [InlineData("ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("cnumpy.core.multiarray\n_reconstruct\n.", "numpy.core.multiarray._reconstruct")]
    [InlineData("\u008c\u0002os\u008c\u0006system\u0093.", "os.system")]
    [InlineData("(ios\nsystem\n.", "instruction 0x69")]
    [InlineData("}}b.", "")]
    [InlineData("ccollections\nOrderedDict\n)R(X\u0001\0\0\0aK\u0001u", "ends too early")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n(K\u0001K\u0002tR.", "in a way that PyTorch does not")]
    [InlineData("ctorch\nSize\n)R.", "in a way that PyTorch does not")]
    [InlineData("h\u0005.", "recalls the memo")]
    [InlineData("00.", "from its stack")]
    [InlineData("t.", "lacks a mark")]
    [InlineData("K\u0001K\u0002a.", "appends to what is no list")]
    [InlineData("}K\u0001s.", "from its stack")]
    [InlineData("}]K\u0001s.", "neither a text nor a number")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffa.", "ends too early")]
    [InlineData("\u008b\u00ff\u00ff\u00ff\u007f.", "ends too early")]
    [InlineData("(K\u0001Q.", "names a storage in a way")]
    [InlineData("K\u0001.", "holds no state dict")]
    [InlineData("", "ends too early")]
    public void A_pickle_that_asks_for_anything_else_is_refused_in_one_line_and_nothing_is_run(string pickle, string told)
    {
        var refusal = Refusal(Archive(("a/data.pkl", Encoding.Latin1.GetBytes("\u0080\u0002" + pickle))));
        refusal.ShouldContain(told);
        refusal.ShouldNotContain("\n");
        refusal.Length.ShouldBeLessThan(500);
    }

    [Theory]
    [InlineData(0, 7, "7", "1")]
    [InlineData(1, 6, "6", "1")]
    [InlineData(-1, 6, "6", "1")]
    [InlineData(0, 6, "-6", "1")]
    [InlineData(0, 6, "6", "-1")]
    [InlineData(0, 6, "2 3", "1")]
    [InlineData(0, 6, "1099511627776 1099511627776 6", "1099511627776 1099511627776 1")]
    [InlineData(0, 1L << 40, "6", "1")]
    public void A_tensor_that_reaches_beyond_its_storage_is_refused(long offset, long elements, string shape, string strides)
    {
        var pickle = "}X\u0001\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu"
            + Number(elements) + "tQ" + Number(offset) + "(" + Numbers(shape) + "t(" + Numbers(strides) + "t\u0089}tRs.";
        Refusal(Archive(("a/data.pkl", Encoding.Latin1.GetBytes("\u0080\u0002" + pickle)), ("a/data/0", new byte[24]))).ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("zip.bin")]
    [InlineData("legacy.bin")]
    public void A_file_cut_or_changed_anywhere_is_refused_or_read_within_its_bounds(string name)
    {
        var sound = File.ReadAllBytes(Made(name));
        var random = new Random(7);
        for (var i = 0; i < 600; i++)
        {
            var bytes = i % 3 == 0 ? sound[..random.Next(sound.Length)] : (byte[])sound.Clone();
            for (var change = 0; change < i % 3 && bytes.Length > 0; change++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var path = _folder.Write("mutated.bin", bytes);
            try
            {
                using var file = CheckpointFile.Open(path);
                foreach (var tensor in TorchFile.Read(file))
                {
                    tensor.Begin.ShouldBeInRange(0, tensor.End);
                    tensor.End.ShouldBeLessThanOrEqualTo(file.Length);
                }
            }
            catch (InputException refusal)
            {
                refusal.Message.ShouldNotContain("\n");
            }
        }
    }

    private static string Made(string name) => Path.Combine(AppContext.BaseDirectory, "Checkpoints", "torch", name);

    private static string Number(long value) => "\u008a\u0008" + Encoding.Latin1.GetString(BitConverter.GetBytes(value));

    private static string Numbers(string values) => string.Concat(values.Split(' ').Select(value => Number(long.Parse(value, System.Globalization.CultureInfo.InvariantCulture))));

    private static string Refusal(string path)
    {
        using var file = CheckpointFile.Open(path);
        return Should.Throw<InputException>(() => TorchFile.Read(file)).Message;
    }

    private static double[] Values(CheckpointFile file, WeightTensor tensor, string type, params long[] shape)
    {
        tensor.DType.Name.ShouldBe(type);
        tensor.Shape.ShouldBe(shape);
        var format = tensor.DType.Format!;
        var values = new double[(tensor.End - tensor.Begin) / format.BlockBytes];
        new StoredTensor(file, tensor.Name, format, tensor.Begin, values.Length).Read(0, values);
        return values;
    }

    private string Archive(params (string Name, byte[] Bytes)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, contents) in entries)
            {
                using var stream = archive.CreateEntry(name, System.IO.Compression.CompressionLevel.NoCompression).Open();
                stream.Write(contents);
            }
        }

        return _folder.Write("hostile.bin", bytes.ToArray());
    }
}
