using LayerGrad.Tests.Support;
using LayerGrad.Torch.Loading;

namespace LayerGrad.Torch.Tests.Loading;

/// <summary>A machine of folders with files that are called like libtorch's, its variables and its Pythons.</summary>
internal sealed class FakeLibTorch : IDisposable
{
    private static readonly string[] s_libraries = ["torch", "torch_cpu", "c10"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>The variables of the environment.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Where the package torch of each Python lies.</summary>
    public Dictionary<string, string> Pythons { get; } = [];

    /// <summary>The search on this machine.</summary>
    public LibTorchSearch Search => new(Variables.GetValueOrDefault, Pythons.GetValueOrDefault, _folder.At("home"));

    /// <summary>The path of something on it.</summary>
    public string PathOf(string name) => _folder.At(name);

    /// <summary>A Python's package: libraries in <c>lib</c>, and <c>version.py</c>.</summary>
    public string Package(string name, string version, bool cuda = false)
    {
        Libraries($"{name}/lib", cuda);
        File.WriteAllText(PathOf($"{name}/version.py"), $"from typing import Optional\n\n__all__ = ['__version__', 'debug']\n__version__ = '{version}'\ndebug = False\ncuda: Optional[str] = '13.0'\n");
        return PathOf(name);
    }

    /// <summary>libtorch as it is unpacked: libraries in <c>lib</c>, and <c>build-version</c>.</summary>
    public string Unpacked(string name, string version)
    {
        Libraries($"{name}/lib");
        File.WriteAllText(PathOf($"{name}/build-version"), $"{version}\n");
        return PathOf(name);
    }

    /// <summary>A package in NuGet's cache.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="package">The package without the system's name.</param>
    /// <param name="version">Its version.</param>
    public string NuGet(string cache, string package, string version) =>
        Libraries($"{cache}/{package}-{LibraryFile.System}/{version}/runtimes/{LibraryFile.System}/native");

    /// <summary>Files of libraries in a folder.</summary>
    public string Libraries(string name, bool cuda = false)
    {
        Directory.CreateDirectory(PathOf(name));
        foreach (var library in (string[])[.. s_libraries, .. cuda ? (string[])["torch_cuda", "c10_cuda"] : []])
            File.WriteAllText(Path.Combine(PathOf(name), LibraryFile.Of(library)), "no library");
        return PathOf(name);
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Dispose();
}
