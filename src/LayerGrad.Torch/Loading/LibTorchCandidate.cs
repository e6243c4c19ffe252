namespace LayerGrad.Torch.Loading;

/// <summary>A copy of libtorch that lies on this machine.</summary>
/// <param name="Source">How it was found: the variable, the Python, the package.</param>
/// <param name="Folder">The folder of its libraries.</param>
/// <param name="Version">Its version, such as <c>2.11.0+cu130</c>; null where nothing there tells it.</param>
/// <param name="Missing">Files that it should have and has not.</param>
/// <param name="HasCuda">Whether it brings kernels for NVIDIA's GPUs.</param>
internal sealed record LibTorchCandidate(string Source, string Folder, string? Version, IReadOnlyList<string> Missing, bool HasCuda)
{
    private static readonly string[] s_required = ["torch", "torch_cpu", "c10"];
    private static readonly string[] s_cuda = ["torch_cuda", "c10_cuda"];

    /// <summary>Where it is and which it is, for messages and metadata.</summary>
    public string Told => $"libtorch {Version ?? "of an unknown version"} in {Folder} ({Source})";

    /// <summary>Why it must not be loaded; null where it may.</summary>
    public string? Refusal
    {
        get
        {
            if (Missing.Count > 0)
                return $"in {Folder} ({Source}) {(Missing.Count == 1 ? "is" : "are")} no {string.Join(" and no ", Missing)}";
            if (Version is null)
                return $"{Told}: neither version.py nor build-version says which version it is, and only 2.10 and 2.11 fit";
            return LibTorchVersion.Fits(Version) ? null : $"{Told}: only 2.10 and 2.11 fit";
        }
    }

    /// <summary>Looks at a folder.</summary>
    /// <param name="source">How it was found.</param>
    /// <param name="folder">A folder of libraries, or one with a folder <c>lib</c> of them: a Python package, or libtorch as it is unpacked.</param>
    public static LibTorchCandidate At(string source, string folder)
    {
        var inner = Path.Combine(folder, "lib");
        var libraries = !File.Exists(Path.Combine(folder, LibraryFile.Of("torch"))) && Directory.Exists(inner) ? inner : folder;
        return new LibTorchCandidate(source, libraries, LibTorchVersion.Of(libraries), Absent(libraries, s_required), Absent(libraries, s_cuda).Count == 0);
    }

    /// <summary>The files of the part for NVIDIA's GPUs that are not there.</summary>
    public IReadOnlyList<string> MissingCuda => Absent(Folder, s_cuda);

    private static List<string> Absent(string folder, string[] libraries) =>
        [.. libraries.Select(LibraryFile.Of).Where(file => !File.Exists(Path.Combine(folder, file)))];
}
