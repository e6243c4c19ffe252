namespace LayerGrad;

/// <summary>What to do when the file system fails.</summary>
internal static class FileFailure
{
    /// <summary>ENOSPC, the errno that .NET keeps in HResult on Unix.</summary>
    internal const int NoSpaceLeft = 28;

    private const int Failed = 5; // EIO
    private const int TooLarge = 27; // EFBIG: a limit of the process (ulimit -f), or of the file system
    private const int ReadOnly = 30; // EROFS
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private static readonly int s_overQuota = OperatingSystem.IsMacOS() ? 69 : 122; // EDQUOT
    private static readonly int s_held = OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11; // ERROR_SHARING_VIOLATION, EWOULDBLOCK

    /// <summary>What an exception of the file system means, in a few words.</summary>
    public static string Reason(Exception error) => error switch
    {
        { HResult: NoSpaceLeft or WindowsDiskFull } => "no space left on the disk",
        { HResult: ReadOnly } => "the file system is read-only",
        _ when IsTooLarge(error) => "it would become larger than this system or a limit on files (ulimit -f) allows",
        _ => OneLine.Of(error.Message.Split('\n')[0]).TrimEnd('.'),
    };

    /// <summary>Whether an exception is one of the file system's.</summary>
    public static bool IsOne(Exception error) => error is IOException or UnauthorizedAccessException || IsTooLarge(error);

    /// <summary>Whether a file was there and is locked by another process, or by another part of this one.</summary>
    public static bool IsHeld(IOException error) => error.HResult == s_held;

    /// <summary>Whether the disk fails: it is full, over a quota or a limit, or broken.</summary>
    public static bool IsOfDisk(Exception error) =>
        (error is IOException && (error.HResult is NoSpaceLeft or WindowsDiskFull or Failed || (error.HResult == s_overQuota && !OperatingSystem.IsWindows()))) || IsTooLarge(error);

    /// <summary>EFBIG, which .NET tells of a write as if its caller had given it a wrong length.</summary>
    private static bool IsTooLarge(Exception error) => error is IOException { HResult: TooLarge }
        || (error is ArgumentOutOfRangeException { ParamName: "value" } && error.StackTrace?.Contains("System.IO.", StringComparison.Ordinal) is true);

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
