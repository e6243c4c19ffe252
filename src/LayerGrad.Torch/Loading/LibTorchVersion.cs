using System.Text.RegularExpressions;

namespace LayerGrad.Torch.Loading;

/// <summary>Which version of libtorch lies in a folder. It is read from files, since a version that does not fit may load without an error and compute garbage.</summary>
internal static partial class LibTorchVersion
{
    private static readonly string[] s_fitting = ["2.10.", "2.11."];

    /// <summary>Whether TorchSharp's library fits to it.</summary>
    /// <param name="version">A version, such as <c>2.11.0+cu130</c>.</param>
    public static bool Fits(string version) => Array.Exists(s_fitting, fitting => version.StartsWith(fitting, StringComparison.Ordinal));

    /// <summary>The version in a folder of libraries; null where nothing tells it.</summary>
    /// <param name="libraries">The folder that holds <c>libtorch.so</c>.</param>
    public static string? Of(string libraries)
    {
        // In a Python package and in libtorch as it is unpacked, the libraries lie in "lib" and the version beside that.
        string[] folders = Path.GetFileName(Path.TrimEndingDirectorySeparator(libraries)) == "lib" ? [libraries, Path.GetDirectoryName(Path.GetFullPath(libraries))!] : [libraries];
        foreach (var folder in folders)
        {
            if (Text(Path.Combine(folder, "version.py")) is { } python && Assigned().Match(python) is { Success: true } match)
                return match.Groups["version"].Value;
            if (Text(Path.Combine(folder, "build-version")) is { } text && text.Trim() is { Length: > 0 } version)
                return version;
        }

        return OfPackage(Path.Combine(libraries, LibraryFile.Of("torch")));
    }

    /// <summary>The version in the path of a NuGet package, <c>.../libtorch-cpu-linux-x64/2.10.0/...</c>, through links.</summary>
    private static string? OfPackage(string library)
    {
        if (!File.Exists(library))
            return null;
        var path = File.ResolveLinkTarget(library, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(library);
        return Packaged().Match(path.Replace('\\', '/')) is { Success: true } match ? match.Groups["version"].Value : null;
    }

    private static string? Text(string path) => File.Exists(path) ? File.ReadAllText(path) : null;

    [GeneratedRegex("""^__version__\s*=\s*['"](?<version>[^'"]+)['"]""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex Assigned();

    [GeneratedRegex("/libtorch-[^/]+/(?<version>[0-9][^/]*)/", RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex Packaged();
}
