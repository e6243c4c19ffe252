using System.Diagnostics;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Machine;

/// <summary>Pipes, devices, sockets and folders in the place of files, and files that change while they are read.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class SpecialFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_kind_of_what_is_no_file_is_told_without_opening_it()
    {
        InputFile.SpecialKind(Pipe()).ShouldBe("a pipe");
        InputFile.SpecialKind("/dev/zero").ShouldBe("a device");
        InputFile.SpecialKind("/dev/full").ShouldBe("a device");
        File.CreateSymbolicLink(_folder.At("link"), "/dev/null");
        InputFile.SpecialKind(_folder.At("link")).ShouldBe("a device");
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_folder.At("socket")));
            InputFile.SpecialKind(_folder.At("socket")).ShouldBe("a socket");
        }

        InputFile.SpecialKind(_folder.Write("empty", "")).ShouldBeNull();
        InputFile.SpecialKind(_folder.Write("file", "x")).ShouldBeNull();
        File.CreateSymbolicLink(_folder.At("to-empty"), _folder.At("empty"));
        InputFile.SpecialKind(_folder.At("to-empty")).ShouldBeNull();
        InputFile.SpecialKind(_folder.Path).ShouldBeNull();
        InputFile.SpecialKind(_folder.At("missing")).ShouldBeNull();
        InputFile.SpecialKind("/proc/cpuinfo").ShouldBeNull();
    }

    [Theory]
    [InlineData("data inspect PATH")]
    [InlineData("compare PATH")]
    [InlineData("inspect PATH.gguf")]
    [InlineData("tokenize PATH")]
    [InlineData("prompt PATH --user hi")]
    [InlineData("study PATH --dry-run", true)]
    [InlineData("noise PATH", true)]
    [InlineData("report RUN --kernel PATH --out NEW.html", true)]
    [InlineData("data select PATH --by ifd --top 5 --out NEW.json")]
    [InlineData("measure --model MODEL --data PATH --out NEW.jsonl")]
    [InlineData("measure --model MODEL --data DATA --out PATH", true)]
    [InlineData("measure --model MODEL --adapter PATH --data DATA --out NEW.jsonl")]
    [InlineData("kernel --model MODEL --data PATH --out NEW.npy")]
    [InlineData("train --init PATH --data DATA --tokenizer MODEL --out NEW", true)]
    [InlineData("compare RUN --out PATH", true, false)]
    [InlineData("export RUN --out PATH.csv", true, false)]
    public void What_is_no_file_is_refused_in_one_line(string command, bool takesNoFolder = false, bool takesNoDevice = true)
    {
        var run = _folder.At("run.jsonl");
        File.WriteAllLines(run, File.ReadLines(Path.Combine(Shared.Repository, "tests", "LayerGrad.Tests", "Runs", "Stored", "run.jsonl")).Take(2));
        var ending = command.Contains("PATH.", StringComparison.Ordinal) ? Path.GetExtension(command.Split(' ').First(word => word.StartsWith("PATH.", StringComparison.Ordinal))) : "";
        var folder = Directory.CreateDirectory(_folder.At("folder" + ending)).FullName;
        foreach (var path in new[] { Pipe(ending), takesNoDevice ? Device(ending) : null, takesNoFolder ? folder : null }.OfType<string>())
        {
            var refused = CommandLineRun.Of([.. command.Split(' ').Select(word => word switch
            {
                "RUN" => run,
                "MODEL" => Path.Combine(Shared.Repository, "demo", "model"),
                "DATA" => Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json"),
                _ when word.StartsWith("PATH", StringComparison.Ordinal) => path,
                _ when word.StartsWith("NEW", StringComparison.Ordinal) => _folder.At(word),
                _ => word,
            })]);
            refused.Status.ShouldBe(2, $"{path}: {refused.Output}{refused.Error}");
            refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem().ShouldContain(path);
            refused.Error.ShouldNotContain("this should not have happened");
        }
    }

    [Fact]
    public void Weights_that_are_cut_while_they_are_read_are_refused()
    {
        var path = _folder.Write("weights", new byte[100_000]);
        using var file = CheckpointFile.Open(path);
        var buffer = new byte[50_000];
        file.Read(50_000, buffer, "a tensor");
        using (var shorter = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            shorter.SetLength(70_000);
        Should.Throw<InputException>(() => file.Read(50_000, buffer, "a tensor")).Message.ShouldContain("is truncated or was changed while it was in use");
    }

    public void Dispose() => _folder.Dispose();

    private string Pipe(string ending = "")
    {
        var path = _folder.At("pipe" + ending);
        if (!File.Exists(path))
            Process.Start("mkfifo", [path]).WaitForExit();
        return path;
    }

    private string Device(string ending)
    {
        var path = _folder.At("device" + ending);
        if (!File.Exists(path))
            File.CreateSymbolicLink(path, "/dev/zero");
        return path;
    }
}
