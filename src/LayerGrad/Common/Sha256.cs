using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace LayerGrad;

/// <summary>
/// SHA-256 (FIPS 180-4) as a file's identity. On Linux .NET borrows it from OpenSSL and ends the process where there is none, as on
/// a bare server; there the standard is followed here, at a fraction of the speed.
/// </summary>
internal sealed class Sha256 : IDisposable
{
    private const int BlockBytes = 64;

    /// <summary>The first 32 bits of the fractions of the cube roots of the first 64 primes.</summary>
    private static readonly uint[] s_constants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private readonly IncrementalHash? _openSsl;
    private readonly uint[] _state = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    private readonly byte[] _block = new byte[BlockBytes];
    private long _length;

    /// <summary>A hash of nothing yet.</summary>
    public Sha256()
        : this(OpenSsl.IsAvailable)
    {
    }

    /// <summary>A hash of nothing yet, by the framework's implementation or our own.</summary>
    internal Sha256(bool framework) => _openSsl = framework ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;

    /// <summary>The hash of bytes: 32 bytes.</summary>
    public static byte[] Of(ReadOnlySpan<byte> bytes)
    {
        using var hash = new Sha256();
        hash.Append(bytes);
        return hash.Finish();
    }

    /// <summary>The hash of bytes, into 32 bytes; with the framework's implementation nothing is allocated.</summary>
    public static void Of(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        if (OpenSsl.IsAvailable)
            SHA256.HashData(bytes, hash);
        else
            Of(bytes).CopyTo(hash);
    }

    /// <summary>The hash of what is left of a stream: 32 bytes.</summary>
    public static byte[] Of(Stream stream)
    {
        using var hash = new Sha256();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
            hash.Append(buffer.AsSpan(0, read));
        return hash.Finish();
    }

    /// <summary>Takes bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_openSsl is not null)
        {
            _openSsl.AppendData(bytes);
            return;
        }

        var filled = (int)(_length % BlockBytes);
        _length += bytes.Length;
        if (filled > 0)
        {
            var taken = Math.Min(BlockBytes - filled, bytes.Length);
            bytes[..taken].CopyTo(_block.AsSpan(filled));
            bytes = bytes[taken..];
            if (filled + taken < BlockBytes)
                return;
            Take(_block);
        }

        for (; bytes.Length >= BlockBytes; bytes = bytes[BlockBytes..])
            Take(bytes[..BlockBytes]);
        bytes.CopyTo(_block);
    }

    /// <summary>The hash of all that was taken in; nothing more may be.</summary>
    public byte[] Finish()
    {
        if (_openSsl is not null)
            return _openSsl.GetHashAndReset();

        // A one bit, zeros up to eight bytes before the end of a block, and there the length in bits.
        var bits = _length * 8;
        var padding = new byte[BlockBytes - (int)((_length + 8) % BlockBytes) + 8];
        padding[0] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(padding.AsSpan(padding.Length - 8), bits);
        Append(padding);
        var hash = new byte[32];
        for (var i = 0; i < _state.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(4 * i), _state[i]);
        return hash;
    }

    /// <inheritdoc/>
    public void Dispose() => _openSsl?.Dispose();

    /// <summary>FIPS 180-4, 6.2.2.</summary>
    private void Take(ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (var t = 0; t < 16; t++)
            w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
        for (var t = 16; t < w.Length; t++)
        {
            var (x, y) = (w[t - 15], w[t - 2]);
            var sigma0 = BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ (x >> 3);
            var sigma1 = BitOperations.RotateRight(y, 17) ^ BitOperations.RotateRight(y, 19) ^ (y >> 10);
            w[t] = w[t - 16] + sigma0 + w[t - 7] + sigma1;
        }

        var (a, b, c, d) = (_state[0], _state[1], _state[2], _state[3]);
        var (e, f, g, h) = (_state[4], _state[5], _state[6], _state[7]);
        for (var t = 0; t < w.Length; t++)
        {
            var sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            var t1 = h + sum1 + ((e & f) ^ (~e & g)) + s_constants[t] + w[t];
            var sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            var t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e) = (g, f, e, d + t1);
            (d, c, b, a) = (c, b, a, t1 + t2);
        }

        (_state[0], _state[1], _state[2], _state[3]) = (_state[0] + a, _state[1] + b, _state[2] + c, _state[3] + d);
        (_state[4], _state[5], _state[6], _state[7]) = (_state[4] + e, _state[5] + f, _state[6] + g, _state[7] + h);
    }
}
