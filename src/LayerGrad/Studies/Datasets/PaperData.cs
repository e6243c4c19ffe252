using System.Collections.Frozen;
using System.Globalization;

namespace LayerGrad.Studies.Datasets;

/// <summary>
/// The data of the original study (github.com/MingLiiii/Layer_Gradient, folder <c>data</c>), file by file with
/// checksums, and where they are kept on this machine.
/// </summary>
internal static class PaperData
{
    /// <summary>The commit of the repository whose files these are.</summary>
    public const string Commit = "e2072e8daa9f250cea025b2d3fa9590a901ca766";

    /// <summary>Where the files are fetched from.</summary>
    public static Uri Source { get; } = new($"https://raw.githubusercontent.com/MingLiiii/Layer_Gradient/{Commit}/data/");

    /// <summary>Every file, by its name.</summary>
    public static FrozenDictionary<string, PaperFile> Files { get; } = ReadManifest().ToFrozenDictionary(file => file.Name, StringComparer.Ordinal);

    /// <summary>
    /// The folder that keeps the files on this machine: <c>paper</c> in <c>LAYERGRAD_CACHE</c>, or in <c>layergrad</c> in
    /// <c>XDG_CACHE_HOME</c>, or in <c>~/.cache/layergrad</c>.
    /// </summary>
    public static string Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("LAYERGRAD_CACHE") is { Length: > 0 } own)
                return Path.Combine(Path.GetFullPath(own), "paper");
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } shared
                ? shared
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(cache, "layergrad", "paper");
        }
    }

    /// <summary>Where a file is kept on this machine, whether it has been fetched or not.</summary>
    /// <param name="name">A name in <see cref="Files"/>.</param>
    public static string PathOf(string name) => Path.Combine(Folder, name.Replace('/', Path.DirectorySeparatorChar));

    private static IEnumerable<PaperFile> ReadManifest()
    {
        using var stream = typeof(PaperData).Assembly.GetManifestResourceStream("LayerGrad.Studies.Assets.paper-data.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ', 3);
            yield return new PaperFile(fields[2], long.Parse(fields[1], CultureInfo.InvariantCulture), fields[0]);
        }
    }
}
