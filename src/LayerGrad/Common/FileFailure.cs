namespace LayerGrad;

/// <summary>What to do when the file system fails.</summary>
internal static class FileFailure
{
    private const int NoSpaceLeft = 28; // ENOSPC, the errno that .NET keeps in HResult on Unix
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>What an exception of the file system means, in a few words.</summary>
    public static string Reason(Exception error) => error.HResult is NoSpaceLeft or WindowsDiskFull
        ? "no space left on the disk"
        : error.Message.Split('\n')[0].TrimEnd('.');

    /// <summary>Deletes a file of our own that may not be there.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to tell.
        }
    }
}
