namespace LayerGrad;

/// <summary>The identity of a file: the SHA-256 of its bytes.</summary>
internal static class FileIdentity
{
    /// <summary>What an identity begins with.</summary>
    public const string Prefix = "sha256:";

    /// <summary>Whether an identity is that of a file's bytes.</summary>
    public static bool IsOne(string identity) => identity.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The identity of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns><c>sha256:</c> and 64 lower-case hexadecimal digits.</returns>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static string Of(string path)
    {
        try
        {
            using var stream = File.OpenRead(InputFile.Require(path));
            return Prefix + Convert.ToHexStringLower(Sha256.Of(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: {(File.Exists(path) ? $"cannot be read ({FileFailure.Reason(error)})" : "no such file")}", error);
        }
    }
}
