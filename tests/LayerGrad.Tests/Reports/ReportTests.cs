using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LayerGrad.Cli;
using LayerGrad.Reports;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Tests.Reports;

public sealed class ReportTests : IDisposable
{
    private readonly MadeUpRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void The_page_asks_for_nothing_and_runs_only_its_own_scripts()
    {
        var page = Write(new ReportRequest { Runs = [_runs.Write("a.jsonl", 12, 3, 1)], Bootstrap = 100, Title = "A <title> & more" });
        page.ShouldNotContain("src=\"http");
        page.ShouldNotContain("<link");
        page.ShouldContain("<h1>A &lt;title&gt; &amp; more</h1>");
        var policy = Between(page, "Content-Security-Policy\" content=\"", "\"");
        policy.ShouldStartWith("default-src 'none'");
        var scripts = page.Split("<script>").Skip(1).Select(rest => rest[..rest.IndexOf("</script>", StringComparison.Ordinal)]).ToArray();
        scripts.Length.ShouldBe(2);
        foreach (var script in scripts)
            policy.ShouldContain(Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(script))));
        policy.ShouldNotContain("script-src 'unsafe-inline'");
    }

    [Fact]
    public void Texts_of_the_dataset_never_stand_in_the_page_as_markup()
    {
        var page = Write(new ReportRequest { Runs = [_runs.Write("a.jsonl", 12, 3, 1, tokens: true)], Labels = [MadeUpRuns.Hostile], Bootstrap = 100 });
        page.ShouldNotContain("<script>window.hacked");
        page.ShouldNotContain("<img");
        Data(page).GetProperty("sets")[0].GetProperty("label").GetString().ShouldBe(MadeUpRuns.Hostile);
    }

    [Fact]
    public void Packed_values_are_those_of_the_run_to_five_digits()
    {
        var page = Write(new ReportRequest { Runs = [_runs.Write("a.jsonl", 12, 3, 0.37)], Bootstrap = 100 });
        var set = Data(page).GetProperty("sets")[0];
        var values = Floats(page, set.GetProperty("explorer").GetProperty("values").GetProperty("S_sum").GetString()!);
        values.Length.ShouldBe(12 * 4 * 3);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = MadeUpRuns.Value(i / 12, i % 3, i / 3 % 4, 0.37);
            ((double)values[i]).ShouldBe(expected, 2e-5 * expected);
        }

        var texts = JsonDocument.Parse(Unpack(page, set.GetProperty("explorer").GetProperty("texts").GetString()!)).RootElement;
        texts[5][0].GetString().ShouldBe($"Question 5: {MadeUpRuns.Hostile}");
    }

    [Fact]
    public void A_long_run_keeps_evenly_spaced_examples()
    {
        var page = Write(new ReportRequest { Runs = [_runs.Write("a.jsonl", 100, 2, 1)], Bootstrap = 100, Examples = 10 });
        var index = Data(page).GetProperty("sets")[0].GetProperty("explorer").GetProperty("index").EnumerateArray().Select(value => value.GetInt32()).ToArray();
        index.Length.ShouldBe(10);
        index.Zip(index.Skip(1), (a, b) => b - a).ShouldAllBe(gap => gap == 10);
    }

    [Fact]
    public void Three_runs_of_500_examples_and_120_weights_stay_below_10_MB()
    {
        string[] runs = [.. new[] { 3.1, 1.7, 0.9 }.Select((level, i) => WriteNoisy($"{i}.jsonl", 500, 30, level))];
        var page = Write(new ReportRequest { Runs = runs, Bootstrap = 100 });
        System.Text.Encoding.UTF8.GetByteCount(page).ShouldBeLessThan(10_000_000);
    }

    [Fact]
    public void Bad_input_is_refused_in_a_line()
    {
        var run = _runs.Write("a.jsonl", 12, 3, 1);
        var other = _runs.Write("b.jsonl", 12, 4, 1);
        var empty = _runs.PathOf("empty.jsonl");
        File.WriteAllText(empty, "");
        var report = _runs.PathOf("report.html");
        Should.Throw<InputException>(() => Report.Write(new ReportRequest { Runs = [empty] }, report)).Message.ShouldContain("empty");
        Should.Throw<InputException>(() => Report.Write(new ReportRequest { Runs = [run, other] }, report)).Message.ShouldContain("layers");
        Should.Throw<InputException>(() => Report.Write(new ReportRequest { Runs = [run], Labels = ["a", "b"] }, report));
        Should.Throw<InputException>(() => Report.Write(new ReportRequest { Runs = [run, _runs.Write("s.jsonl", 12, 3, 1, steps: [0, 10])] }, report)).Message.ShouldContain("steps");
        CommandLine.Run(["report", run, "--out", _runs.PathOf("report.pdf")]).ShouldBe(CommandLine.WrongInput);
        File.Exists(report).ShouldBeFalse();
    }

    [Theory]
    [InlineData("not a matrix", "is not an .npy file")]
    [InlineData("\u0093NUMPY\u0001\u0000\u0010\u0027", "ends within its header")]
    [InlineData("\u0093NUMPY\u0001\u0000\u0010\u0000{'descr': '<i4'}", "something other")]
    public void A_kernel_file_that_is_none_is_refused(string content, string message)
    {
        var path = _runs.PathOf("bad.npy");
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(content));
        Should.Throw<InputException>(() => new KernelFile(path)).Message.ShouldContain(message);
    }

    [Fact]
    public void A_kernel_is_read_as_it_was_written()
    {
        using var matrix = new KernelFile(_runs.WriteKernel(5));
        (matrix.Matrices, matrix.Rows, matrix.Columns, matrix.IsStack).ShouldBe((1, 5, 5, false));
        matrix.Read(0, [0, 4], [1, 4]).ShouldBe([-0.25f, 0.2f, 0.25f, 1f]);
        using var stack = new KernelFile(_runs.WriteKernel(5, "a.weight", "b.weight"));
        (stack.Matrices, stack.Rows, stack.Columns, stack.IsStack).ShouldBe((2, 5, 5, true));
        stack.Read(1, [0, 4], [1, 4]).ShouldBe([-0.5f, 0.4f, 0.5f, 2f]);
        KernelAxes.Of(stack).Names.ShouldBe(["a.weight", "b.weight"]);
        KernelAxes.Of(stack).Examples.ShouldBe(["0", "2", "4", "6", "8"]);
    }

    [Fact]
    public void A_kernel_of_too_many_examples_is_thinned_evenly()
    {
        string[] weights = [.. Enumerable.Range(0, 60).Select(layer => $"w{layer}")];
        var page = Write(new ReportRequest { Runs = [_runs.Write("a.jsonl", 12, 3, 1)], Bootstrap = 100, Kernel = _runs.WriteKernel(250, weights) });
        var kernel = Data(page).GetProperty("kernel");
        kernel.GetProperty("examples").GetInt32().ShouldBe(250);
        kernel.GetProperty("by").GetString().ShouldBe("weight");
        kernel.GetProperty("matrices").GetArrayLength().ShouldBe(60);
        var rows = kernel.GetProperty("rows").EnumerateArray().Select(row => int.Parse(row.GetString()!, CultureInfo.InvariantCulture)).ToArray();
        rows.Length.ShouldBe(193); // √(1500² / 60)
        rows.Zip(rows.Skip(1), (row, next) => next - row).ShouldAllBe(step => step == 2 || step == 4);
        kernel.GetProperty("matrices")[1].GetProperty("range").EnumerateArray().Select(value => value.GetDouble()).Max().ShouldBe(2);
        Unpack(page, kernel.GetProperty("matrices")[1].GetProperty("values").GetString()!).Length.ShouldBe(3 * 193 * 193);
    }

    [Fact]
    public void A_kernel_beside_which_another_one_s_axes_stand_is_refused()
    {
        var path = _runs.WriteKernel(5, "a.weight", "b.weight");
        File.WriteAllText(Path.ChangeExtension(path, ".json"), """{"axes":["layer","example","example"],"layer":["0"],"example":[]}""");
        using var kernel = new KernelFile(path);
        Should.Throw<InputException>(() => KernelAxes.Of(kernel)).Message.ShouldContain("another shape");
    }

    [Fact]
    public void Token_shares_keep_their_texts_and_proportions()
    {
        var page = Write(new ReportRequest { Runs = [_runs.Write("a.jsonl", 12, 3, 1, tokens: true)], Bootstrap = 100, TokenExamples = 4 });
        var explorer = Data(page).GetProperty("sets")[0].GetProperty("explorer");
        explorer.GetProperty("shares").EnumerateArray().Select(value => value.GetInt32()).ShouldBe([0, 3, 6, 9]);
        var example = explorer.GetProperty("shareTokens")[1];
        example.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()).ShouldBe(["◇", "<s>", "Why?", " It"]);
        var bytes = Unpack(page, explorer.GetProperty("shareValues").GetString()!);
        bytes.Skip(example.GetProperty("start").GetInt32()).Take(4).Select(share => (sbyte)share).ShouldBe([(sbyte)64, (sbyte)127, (sbyte)-64, (sbyte)127]);
    }

    private string Write(ReportRequest request)
    {
        var path = _runs.PathOf("report.html");
        Report.Write(request, path);
        return File.ReadAllText(path);
    }

    /// <summary>A run with noise in every number, as real ones have, so that packing has no easy play.</summary>
    private string WriteNoisy(string name, int examples, int layers, double level)
    {
        var random = new Random(1);
        double Noisy() => level * Math.Exp(random.NextDouble() * 4);
        var path = _runs.PathOf(name);
        using var lines = new StreamWriter(path);
        for (var example = 0; example < examples; example++)
        {
            var words = string.Join(' ', Enumerable.Range(0, 150).Select(_ => random.Next(100_000).ToString("x", CultureInfo.InvariantCulture)));
            lines.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{example},\"instruction\":\"{words}\",\"output\":\"{words}\",\"loss\":{Noisy():R}"));
            for (var layer = 0; layer < layers; layer++)
            {
                foreach (var projection in "qkvo")
                {
                    lines.Write(string.Create(CultureInfo.InvariantCulture,
                        $",\"model.layers.{layer}.self_attn.{projection}_proj.weight\":{{\"M_mean\":{Noisy() * 1e-6:R},\"M_max\":{Noisy():R},\"M_min\":{-Noisy():R},\"frobenius_norm\":{Noisy():R},\"S_sum\":{Noisy():R},\"S_max\":{Noisy():R},\"S_min\":{Noisy():R},\"effective_rank\":{Noisy():R}}}"));
                }
            }

            lines.WriteLine('}');
        }

        return path;
    }

    private static string Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }

    private static JsonElement Data(string page) => JsonDocument.Parse(Between(page, "id=\"data\">", "</script>")).RootElement;

    private static byte[] Unpack(string page, string chunk)
    {
        var text = Between(page, $"id=\"{chunk}\">", "<");
        using var deflate = new DeflateStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        deflate.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static float[] Floats(string page, string chunk)
    {
        var bytes = Unpack(page, chunk);
        var count = bytes.Length / 3;
        return [.. Enumerable.Range(0, count).Select(i => BitConverter.UInt32BitsToSingle(((uint)bytes[i] << 24) | ((uint)bytes[count + i] << 16) | ((uint)bytes[(2 * count) + i] << 8)))];
    }
}
