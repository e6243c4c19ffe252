namespace LayerGrad;

/// <summary>Where a path leads: two paths may lead to one file by symbolic links, of the file or of a folder on its way, and by hard links.</summary>
internal sealed class FilePlace
{
    private static readonly StringComparison s_comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    private readonly string _resolved;
    private readonly FileInfo _file;
    private string? _number;
    private bool _isNumberKnown;

    /// <summary>The place to which a path leads; what is not there may be named too.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="InputException">Links on the way lead in a circle, or to where nobody may look.</exception>
    public FilePlace(string path)
    {
        try
        {
            _resolved = Resolve(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be looked at: {FileFailure.Reason(error)}", error);
        }

        _file = new FileInfo(_resolved);
    }

    /// <summary>Whether two paths lead to the same place, by whatever links.</summary>
    public static bool IsSame(string one, string other) => new FilePlace(one).Is(new FilePlace(other));

    /// <summary>Whether another path leads here.</summary>
    /// <param name="other">Where it leads.</param>
    public bool Is(FilePlace other) => string.Equals(_resolved, other._resolved, s_comparison) || IsHardLink(other);

    private static string Resolve(string path)
    {
        var full = Path.GetFullPath(path);
        FileSystemInfo place = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
        if (place.LinkTarget is not null && place.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            return Resolve(target.FullName);
        return Path.GetDirectoryName(full) is { } folder ? Path.Combine(Resolve(folder), Path.GetFileName(full)) : full;
    }

    /// <summary>One file has one length and one time; pipes and devices, which must not be opened, have the length 0.</summary>
    private bool IsHardLink(FilePlace other) => _file.Exists && other._file.Exists
        && _file.Length > 0 && _file.Length == other._file.Length && _file.LastWriteTimeUtc == other._file.LastWriteTimeUtc
        && Number() is { } number && number == other.Number();

    /// <summary>The numbers of the file system and of the file in it, which Linux tells of an open file (5.14 and newer); null where nobody tells them.</summary>
    private string? Number()
    {
        if (_isNumberKnown)
            return _number;
        _isNumberKnown = true;
        if (!OperatingSystem.IsLinux())
            return null;
        try
        {
            using var open = File.OpenHandle(_resolved, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var told = File.ReadAllLines($"/proc/self/fdinfo/{open.DangerousGetHandle()}");
            if (Array.Find(told, static line => line.StartsWith("ino:", StringComparison.Ordinal)) is { } number)
                _number = number + Array.Find(told, static line => line.StartsWith("mnt_id:", StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file that cannot be opened is refused by whoever reads it.
        }

        return _number;
    }
}
