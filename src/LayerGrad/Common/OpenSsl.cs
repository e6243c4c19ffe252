using System.Runtime.InteropServices;

namespace LayerGrad;

/// <summary>
/// Whether OpenSSL is there. On Linux .NET takes hashes and TLS from it, and ends the process without an exception where it is
/// missing; so it is looked for before.
/// </summary>
internal static class OpenSsl
{
    /// <summary>The versions that .NET 10 works with, newest first.</summary>
    private static readonly string[] s_names = ["libssl.so.3", "libssl.so.1.1"];

    private static readonly Lazy<bool> s_available = new(static () => !OperatingSystem.IsLinux() || s_names.Any(CanLoad));

    /// <summary>Whether hashes and TLS of the framework may be used.</summary>
    public static bool IsAvailable => s_available.Value;

    /// <summary>Refuses what cannot be done without it.</summary>
    /// <param name="what">What was asked for.</param>
    /// <exception cref="InputException">OpenSSL is missing.</exception>
    public static void Require(string what)
    {
        if (!IsAvailable)
            throw new InputException($"{what} needs OpenSSL ({s_names[0]}), which is not on this machine; on Debian and Ubuntu 'apt install libssl3 ca-certificates' brings it");
    }

    private static bool CanLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out var handle))
            return false;
        NativeLibrary.Free(handle);
        return true;
    }
}
