using System.Text;
using LayerGrad.Analysis;

namespace LayerGrad.Studies;

/// <summary>Writes the files of a study's folder, whole or not at all, making folders on the way.</summary>
internal static class StudyFolder
{
    /// <summary>Writes bytes.</summary>
    /// <exception cref="InputException">The place cannot be written to.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: its folder cannot be made ({error.Message}).", error);
        }

        WholeFile.Write(path, bytes);
    }

    /// <summary>Writes text in UTF-8.</summary>
    /// <exception cref="InputException">The place cannot be written to.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));
}
