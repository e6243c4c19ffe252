using LayerGrad.Tests.Support;
using LayerGrad.Torch.Loading;

namespace LayerGrad.Torch.Tests.Loading;

/// <summary>A Python is asked for its torch, and whatever it answers is no error of ours.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class PythonTorchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("echo /opt/torch", "/opt/torch")]
    [InlineData("echo", null)]
    [InlineData("echo /opt/torch; exit 1", null)]
    public void Its_answer_is_the_folder(string script, string? expected) => PythonTorch.Ask(Program(script)).ShouldBe(expected);

    [Fact]
    public void A_Python_that_is_not_there_has_none() => PythonTorch.Ask(_folder.At("python3")).ShouldBeNull();

    [Fact]
    public void It_is_asked_without_importing_torch_and_apart_from_the_folder_where_the_user_is()
    {
        var program = Program("printf '%s\n' \"$@\"");
        var question = PythonTorch.Ask(program).ShouldNotBeNull();
        question.ShouldStartWith("-I\n-c\n");
        question.ShouldContain("find_spec('torch')");
        question.ShouldNotContain("import torch");
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Dispose();

    /// <summary>A script of the system's shell, which is where the search for Python is tried.</summary>
    private string Program(string script)
    {
        var path = _folder.At("program");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
