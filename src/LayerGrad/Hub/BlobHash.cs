using System.Security.Cryptography;
using System.Text;

namespace LayerGrad.Hub;

/// <summary>Checks a content against its ETag as it comes in.</summary>
internal sealed class BlobHash : IDisposable
{
    private readonly IncrementalHash? _hash;
    private readonly string _expected;

    /// <summary>A check that has seen nothing yet.</summary>
    /// <param name="etag">64 hexadecimal digits are the content's SHA-256, 40 are git's SHA-1 of it as a blob; another tag says nothing about the content.</param>
    /// <param name="size">Bytes of the content; git's hash begins with it.</param>
    public BlobHash(string etag, long? size)
    {
        _expected = etag;
        if (!etag.All(char.IsAsciiHexDigitLower))
            return;
        if (etag.Length == 64)
        {
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        }
        else if (etag.Length == 40 && size is not null)
        {
#pragma warning disable CA5350 // git's own hash: an identity here, no defence
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
            _hash.AppendData(Encoding.ASCII.GetBytes($"blob {size}\0"));
        }
    }

    /// <summary>Takes the next bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash?.AppendData(bytes);

    /// <summary>Whether all bytes together are the content.</summary>
    public bool IsRight() => _hash is null || Convert.ToHexStringLower(_hash.GetHashAndReset()) == _expected;

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();
}
