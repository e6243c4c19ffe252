namespace LayerGrad.Torch.Loading;

/// <summary>
/// Looks for libtorch: in the folder that <c>LAYERGRAD_LIBTORCH</c> names, then in the active Python's package <c>torch</c>, then in NuGet's packages.
/// </summary>
/// <param name="environment">Variables of the environment.</param>
/// <param name="askPython">Where the package <c>torch</c> of a Python lies: given its program; null where that has none, or is not there.</param>
/// <param name="home">The user's home folder.</param>
internal sealed class LibTorchSearch(Func<string, string?> environment, Func<string, string?> askPython, string home)
{
    /// <summary>The variable that names a folder.</summary>
    public const string Variable = "LAYERGRAD_LIBTORCH";

    private static readonly string[] s_packages = [$"libtorch-cuda-13.0-{LibraryFile.System}", $"libtorch-cuda-12.8-{LibraryFile.System}", $"libtorch-cpu-{LibraryFile.System}"];

    private readonly List<string> _looked = [];

    /// <summary>The search on this machine.</summary>
    public static LibTorchSearch OfThisMachine() =>
        new(Environment.GetEnvironmentVariable, PythonTorch.Ask, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>Where nothing was found, in words, once <see cref="All"/> was gone through.</summary>
    public IReadOnlyList<string> Looked => _looked;

    /// <summary>What there is, in the order in which it is to be taken. A folder that the user names is the only one.</summary>
    public IEnumerable<LibTorchCandidate> All()
    {
        _looked.Clear();
        if (environment(Variable) is { Length: > 0 } folder)
        {
            yield return LibTorchCandidate.At(Variable, folder);
            yield break;
        }

        _looked.Add($"{Variable} (not set)");
        foreach (var found in OfPython())
            yield return found;
        foreach (var found in OfPackages())
            yield return found;
    }

    /// <summary>The first that fits.</summary>
    /// <exception cref="InputException">None fits; the line says what was looked at, and what to do.</exception>
    public LibTorchCandidate Choose()
    {
        var refusals = new List<string>();
        foreach (var candidate in All())
        {
            if (candidate.Refusal is not { } refusal)
                return candidate;
            refusals.Add(refusal);
        }

        const string Advice = "install Python's torch 2.11 (pip install torch==2.11.0) and start layergrad in that environment, or set LAYERGRAD_LIBTORCH to the folder of libtorch 2.10 or 2.11";
        throw new InputException(refusals.Count > 0
            ? $"no libtorch that fits: {string.Join("; ", refusals)}; {Advice}."
            : $"libtorch was not found: looked at {string.Join(", ", _looked)}; {Advice}.");
    }

    private IEnumerable<LibTorchCandidate> OfPython()
    {
        var program = OperatingSystem.IsWindows() ? Path.Combine("Scripts", "python.exe") : Path.Combine("bin", "python3");
        foreach (var variable in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (environment(variable) is not { Length: > 0 } folder)
                continue;
            var python = Path.Combine(folder, program);
            if (askPython(python) is { } torch)
                yield return LibTorchCandidate.At($"torch of {variable}", torch);
            else
                _looked.Add($"{variable} ({python} has no torch)");
        }

        if (askPython("python3") is { } active)
            yield return LibTorchCandidate.At("torch of python3", active);
        else
            _looked.Add("python3 on PATH (has no torch)");
    }

    private IEnumerable<LibTorchCandidate> OfPackages()
    {
        var cache = environment("NUGET_PACKAGES") is { Length: > 0 } named ? named : Path.Combine(home, ".nuget", "packages");
        var any = false;
        foreach (var package in s_packages)
        {
            var versions = Path.Combine(cache, package);
            if (!Directory.Exists(versions))
                continue;
            foreach (var version in Directory.GetDirectories(versions).OrderByDescending(Path.GetFileName, StringComparer.Ordinal))
            {
                any = true;
                yield return LibTorchCandidate.At($"NuGet's {package}", Path.Combine(version, "runtimes", LibraryFile.System, "native"));
            }
        }

        if (!any)
            _looked.Add($"{cache} (no {string.Join(", no ", s_packages)})");
    }
}
