using System.Text;

namespace LayerGrad;

/// <summary>Writes a file whole or not at all: beside its place first, flushed to the disk, then moved there. A device, such as <c>/dev/null</c>, is written to as it stands.</summary>
internal static class WholeFile
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
        try
        {
            if (InputFile.SpecialKind(path) == InputFile.Device)
            {
                using var device = new FileStream(path, FileMode.Open, FileAccess.Write);
                write(device);
                return;
            }

            OutputFile.Require(path);
            using var draft = new Draft(path);
            write(draft.File);
            draft.Place();
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{path}: cannot be written: {FileFailure.Reason(error)}; nothing was changed.", error);
        }
    }
}
