using LayerGrad.Tests.Support;

namespace LayerGrad.Tests;

/// <summary>No command writes over what it reads, whatever link leads there: it says so in one line, and every byte stays.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class OutputPlacesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_command_writes_over_its_input_through_any_link()
    {
        MakeInputs();
        var before = Contents();
        foreach (var (arguments, ending, input) in Commands())
        {
            foreach (var output in Links(input, ending))
            {
                var (status, written, errors) = CommandLineRun.Of([.. arguments, "--out", output]);
                var command = $"{string.Join(' ', arguments)} --out {output} over {input}: {errors}{written}";
                status.ShouldBe(2, command);
                errors.ShouldStartWith("layergrad: ", Case.Sensitive, command);
                errors.ShouldContain(arguments[0] == "kernel" ? "there is such a file already" : "would write over what it reads", Case.Sensitive, command);
                errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1, command);
                RemoveLinks();
                Contents().ShouldBe(before, command);
            }
        }
    }

    [Fact]
    public void What_is_not_the_same_file_is_written()
    {
        var text = """[{"instruction": "a", "output": "b"}, {"instruction": "c", "output": "d"}]""";
        var data = _folder.Write("data.json", text);
        var twin = _folder.Write("twin.json", text);
        File.SetLastWriteTimeUtc(twin, File.GetLastWriteTimeUtc(data));

        CommandLineRun.Of("data", "corrupt", data, "--out", twin).Status.ShouldBe(0);

        File.ReadAllText(data).ShouldBe(text);
        File.ReadAllText(twin).ShouldNotBe(text);
    }

    [Fact]
    public void A_tokenizer_that_stands_in_the_folder_of_a_training_stays_as_it_is()
    {
        var model = Copy("model");
        var output = Directory.CreateDirectory(_folder.At("out")).FullName;
        File.Copy(Path.Combine(model, "tokenizer.json"), Path.Combine(output, "tokenizer.json"));
        var written = File.GetLastWriteTimeUtc(Path.Combine(output, "tokenizer.json"));

        var run = CommandLineRun.Of(
            "train", "--init", Path.Combine(model, "config.json"), "--tokenizer", output, "--data", Demo("data", "heldout_none.json"), "--steps", "1", "--batch", "1", "--quiet", "--device", "cpu", "--out", output);

        run.Status.ShouldBe(0, run.Error);
        File.GetLastWriteTimeUtc(Path.Combine(output, "tokenizer.json")).ShouldBe(written);
        File.Exists(Path.Combine(output, "model.safetensors")).ShouldBeTrue();
    }

    private static string Demo(params string[] parts) => Path.Combine([Shared.Repository, "demo", .. parts]);

    private string Copy(string name)
    {
        var copy = Directory.CreateDirectory(_folder.At(name)).FullName;
        foreach (var file in Directory.GetFiles(Demo("model")))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private void MakeInputs()
    {
        var model = Copy("model");
        var data = _folder.At("data.json");
        File.Copy(Demo("data", "heldout_none.json"), data);
        string[] measured = ["--model", model, "--data", data, "--limit", "4", "--device", "cpu", "--quiet"];
        Done(["measure", .. measured, "--shard", "0/2", "--out", _folder.At("part0.jsonl")]);
        Done(["measure", .. measured, "--shard", "1/2", "--out", _folder.At("part1.jsonl")]);
        Done("merge", _folder.At("part0.jsonl"), _folder.At("part1.jsonl"), "--out", _folder.At("run.jsonl"));
        Done(["kernel", .. measured, "--by", "sum", "--out", _folder.At("kernel.npy")]);
    }

    private static void Done(params string[] arguments)
    {
        var (status, _, errors) = CommandLineRun.Of(arguments);
        status.ShouldBe(0, errors);
    }

    /// <summary>Commands without their output, what their output's name must end in, and a file that they read.</summary>
    private IEnumerable<(string[] Arguments, string Ending, string Input)> Commands()
    {
        string At(string name) => _folder.At(name);
        var (run, data, model, part) = (At("run.jsonl"), At("data.json"), At("model"), At("part0.jsonl"));
        string[] measured = ["--model", model, "--data", data, "--limit", "1", "--device", "cpu", "--quiet"];
        yield return (["compare", run], "", run);
        yield return (["compare", part, "--against", run], "", run);
        yield return (["compare", run], "", At("run.meta.json"));
        yield return (["plot", run], ".svg", run);
        yield return (["report", run], ".html", run);
        yield return (["report", run, "--kernel", At("kernel.npy")], ".html", At("kernel.json"));
        yield return (["export", run], ".csv", run);
        yield return (["noise", At("kernel.npy")], "", At("kernel.npy"));
        yield return (["noise", At("kernel.npy")], "", At("kernel.json"));
        yield return (["merge", part, At("part1.jsonl")], "", part);
        yield return (["merge", part, At("part1.jsonl")], "", At("part1.meta.json"));
        yield return (["data", "corrupt", data], "", data);
        yield return (["data", "select", run, "--by", "loss", "--top", "1"], "", run);
        yield return (["data", "detail", data, "--endpoint", "http://127.0.0.1:1/v1", "--model", "none"], "", data);
        yield return (["data", "score", "--by", "loss", .. measured], "", data);
        yield return (["data", "score", "--by", "loss", .. measured], "", Path.Combine(model, "tokenizer.json"));
        yield return (["measure", .. measured], "", data);
        yield return (["measure", .. measured], "", Path.Combine(model, "config.json"));
        yield return (["kernel", .. measured], ".npy", data);
        yield return (["train", "--model", model, "--data", data, "--steps", "1", "--quiet", "--device", "cpu"], "/", Path.Combine(model, "model.safetensors"));
        yield return (["train", "--model", model, "--data", data, "--steps", "1", "--quiet", "--device", "cpu"], "/", Path.Combine(model, "config.json"));
        yield return (["train", "--init", Path.Combine(model, "config.json"), "--tokenizer", model, "--data", data, "--steps", "1", "--quiet", "--device", "cpu"], "/", Path.Combine(model, "config.json"));
    }

    /// <summary>Names of outputs that lead to a file: its own, a symbolic link's, a hard link's, and by a link of its folder.</summary>
    private IEnumerable<string> Links(string input, string ending)
    {
        var links = Directory.CreateDirectory(_folder.At("links")).FullName;
        if (ending == "/")
        {
            // The output is a folder, in which a file of the input's name is written.
            yield return Path.GetDirectoryName(input)!;
            var file = Path.Combine(links, "out", Path.GetFileName(input));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.CreateSymbolicLink(file, input);
            yield return Path.GetDirectoryName(file)!;
            Directory.CreateDirectory(links);
            Directory.CreateSymbolicLink(Path.Combine(links, "folder"), Path.GetDirectoryName(input)!);
            yield return Path.Combine(links, "folder");
            yield break;
        }

        if (input.EndsWith(ending, StringComparison.Ordinal))
        {
            yield return input;
            Directory.CreateDirectory(links);
            Directory.CreateSymbolicLink(Path.Combine(links, "folder"), Path.GetDirectoryName(input)!);
            yield return Path.Combine(links, "folder", Path.GetFileName(input));
        }

        Directory.CreateDirectory(links);
        var link = Path.Combine(links, "link" + ending);
        File.CreateSymbolicLink(link, input);
        yield return link;
        if (!OperatingSystem.IsLinux() || Tools.Find("ln") is not { } ln)
            yield break;
        Directory.CreateDirectory(links);
        using (var process = System.Diagnostics.Process.Start(ln, [input, link]))
            process.WaitForExit();
        yield return link;
    }

    private void RemoveLinks() => Directory.Delete(_folder.At("links"), recursive: true);

    /// <summary>Every file with its bytes.</summary>
    private Dictionary<string, string> Contents() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(_folder.Path, file), file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))), StringComparer.Ordinal);
}
