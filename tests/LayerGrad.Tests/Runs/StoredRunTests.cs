using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LayerGrad.Measuring;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

/// <summary>
/// A run that an earlier LayerGrad began and was killed in: <c>Stored</c> holds its files as they were left, the third line of
/// <c>run.jsonl</c> torn. The model is made here, bit for bit the one that was measured then.
/// </summary>
public sealed partial class StoredRunTests : IDisposable
{
    private static readonly string s_stored = Path.Combine(Shared.Repository, "tests", "LayerGrad.Tests", "Runs", "Stored");
    private static readonly string[] s_files = ["run.jsonl", "run.skipped.jsonl", "run.tokens.jsonl"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_an_earlier_version_began_goes_on_to_the_bytes_of_an_unbroken_one()
    {
        var unbroken = Options("unbroken");
        MeasureRun.Execute(unbroken).Measured.ShouldBe(7);
        var continued = Options("continued");
        Directory.CreateDirectory(Path.GetDirectoryName(continued.Out)!);
        foreach (var file in s_files)
            File.Copy(Path.Combine(s_stored, file), At("continued", file));

        // A run goes on only under the version that began it; the format is what is looked at here.
        var begun = File.ReadAllText(Path.Combine(s_stored, "run.meta.json")).Replace("\"layergrad\": \"0.1.0\"", $"\"layergrad\": \"{RunMetadata.CurrentVersion}\"", StringComparison.Ordinal);
        File.WriteAllText(At("continued", "run.meta.json"), begun);

        MeasureRun.Execute(continued).MeasuredNow.ShouldBe(5);

        foreach (var file in s_files)
            CompareLines(File.ReadAllLines(At("continued", file)), File.ReadAllLines(At("unbroken", file)), File.ReadAllLines(Path.Combine(s_stored, file)), SameDevice(begun));
        CompareMetadata(begun);
    }

    [Fact]
    public void The_run_that_an_earlier_version_began_is_read_as_it_is_by_what_compares_runs()
    {
        using var reader = new RunReader(Path.Combine(s_stored, "run.jsonl"), new RunReaderOptions { SkipBad = true });
        var examples = 0;
        while (reader.Read())
        {
            examples++;
            foreach (var statistic in StatisticSelection.Default)
                double.IsFinite(reader.Current[0, statistic]).ShouldBeTrue(statistic.Key);
        }

        (examples, reader.BadLines.Count).ShouldBe((2, 1));
    }

    /// <summary>What was there stays to the letter and what follows has the letters of the unbroken run; what was there is also what is computed now, to the last bit on the processor of then.</summary>
    private static void CompareLines(string[] continued, string[] unbroken, string[] stored, bool isSameDevice)
    {
        continued.Length.ShouldBe(unbroken.Length);
        for (var i = 0; i < continued.Length; i++)
        {
            var isStored = i < stored.Length && stored[i] == continued[i];
            var expected = isStored ? AsThen().Replace(unbroken[i], "") : unbroken[i];
            if (isStored && !isSameDevice)
                Near(continued[i], expected);
            else
                continued[i].ShouldBe(expected);
        }

        for (var i = 0; i < Math.Min(2, stored.Length); i++)
            continued[i].ShouldBe(stored[i]);
    }

    /// <summary>What lines of then do not have: the part that each token is of.</summary>
    [GeneratedRegex("""
        "part":\s*\[[^\]]*\],\s*
        """)]
    private static partial Regex AsThen();

    private static void Near(string continued, string unbroken)
    {
        using var ours = JsonDocument.Parse(continued);
        using var theirs = JsonDocument.Parse(unbroken);
        ours.RootElement.EnumerateObject().Select(member => member.Name).ShouldBe(theirs.RootElement.EnumerateObject().Select(member => member.Name));
        if (ours.RootElement.TryGetProperty("loss", out var loss))
            loss.GetDouble().ShouldBe(theirs.RootElement.GetProperty("loss").GetDouble(), 1e-5);
    }

    private bool SameDevice(string begun) => File.ReadAllText(At("unbroken", "run.meta.json")).Contains(DeviceOf(begun), StringComparison.Ordinal);

    private static string DeviceOf(string metadata) => JsonDocument.Parse(metadata).RootElement.GetProperty("devices")[0].GetString()!;

    /// <summary>Every key that was there is there, in its place and with its value; the results come behind.</summary>
    private void CompareMetadata(string begun)
    {
        var now = File.ReadAllText(At("continued", "run.meta.json"));
        if (SameDevice(begun))
            now.ShouldStartWith(begun[..begun.LastIndexOf("\n}", StringComparison.Ordinal)]);
        JsonDocument.Parse(now).RootElement.GetProperty("results").GetProperty("measured").GetInt32().ShouldBe(7);
    }

    private string At(string run, string file) => Path.Combine(_folder.Path, run, file);

    private MeasureRunOptions Options(string run) => new()
    {
        Model = Model(),
        Data = Path.Combine(s_stored, "data.json"),
        Out = At(run, "run.jsonl"),
        Threads = 1,
        Memory = 1L << 30,
        Measurement = new() { Tokens = true, Cosine = true, Spectra = true },
    };

    private string Model()
    {
        var folder = _folder.At("model");
        if (Directory.Exists(folder))
            return folder;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(Path.Combine(s_stored, "checkpoint")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), Weights());
        return folder;
    }

    /// <summary>A checkpoint whose elements are a hash of their places.</summary>
    private static byte[] Weights()
    {
        List<(string Name, int[] Shape)> tensors = [("model.embed_tokens.weight", [256, 8])];
        for (var layer = 0; layer < 2; layer++)
        {
            var prefix = FormattableString.Invariant($"model.layers.{layer}.");
            tensors.AddRange(
            [
                (prefix + "input_layernorm.weight", [8]), (prefix + "self_attn.q_proj.weight", [8, 8]), (prefix + "self_attn.k_proj.weight", [4, 8]),
                (prefix + "self_attn.v_proj.weight", [4, 8]), (prefix + "self_attn.o_proj.weight", [8, 8]), (prefix + "post_attention_layernorm.weight", [8]),
                (prefix + "mlp.gate_proj.weight", [12, 8]), (prefix + "mlp.up_proj.weight", [12, 8]), (prefix + "mlp.down_proj.weight", [8, 12]),
            ]);
        }

        tensors.Add(("model.norm.weight", [8]));
        var (header, data) = (new List<string>(), new List<byte>());
        foreach (var ((name, shape), number) in tensors.Select((tensor, number) => (tensor, number)))
        {
            var start = data.Count;
            for (var i = 0; i < shape.Aggregate((a, b) => a * b); i++)
                data.AddRange(Element(number, i, shape.Length == 1));
            header.Add(FormattableString.Invariant($"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{start},{data.Count}]}}"));
        }

        var json = Encoding.UTF8.GetBytes("{" + string.Join(',', header) + "}");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    private static byte[] Element(int tensor, int place, bool isNorm)
    {
        var hash = unchecked((uint)((tensor * 1_000_003L) + place + 1) * 2_654_435_761u);
        hash ^= hash >> 15;
        hash = unchecked(hash * 2_246_822_519u);
        hash ^= hash >> 13;
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)((isNorm ? 1 : 0) + (((hash / 4294967296.0) - 0.5) * 0.5)));
        return bytes;
    }
}
