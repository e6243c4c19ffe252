using System.Text;

namespace LayerGrad;

/// <summary>Writes a file whole or not at all: beside its place first, then moved there.</summary>
public static class WholeFile
{
    /// <summary>Writes text as UTF-8.</summary>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; name a file in it.");
        var draft = path + ".tmp";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            File.WriteAllBytes(draft, bytes);
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // File.Delete forgives a missing file, but not a missing folder.
            if (File.Exists(draft))
                File.Delete(draft);
            throw new InputException($"{path}: cannot be written ({error.Message.TrimEnd('.')}); nothing was changed.", error);
        }
    }
}
