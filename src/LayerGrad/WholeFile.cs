using System.Text;

namespace LayerGrad;

/// <summary>Writes a file whole or not at all: beside its place first, flushed to the disk, then moved there.</summary>
public static class WholeFile
{
    /// <summary>Writes text as UTF-8.</summary>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, byte[] bytes) => Write(path, file => file.Write(bytes));

    /// <summary>Writes what a method writes.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, Action<FileStream> write)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; name a file in it.");
        var draft = path + ".tmp";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            FileFailure.Delete(draft);
            throw new InputException($"{path}: cannot be written: {FileFailure.Reason(error)}; nothing was changed.", error);
        }
    }
}
