using System.Security.Cryptography;

namespace LayerGrad.Tests;

public sealed class Sha256Tests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_is_that_of_the_standard_for_every_length_of_the_last_block(bool framework)
    {
        var bytes = new byte[300];
        new Random(1).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
        {
            using var hash = new Sha256(framework);
            hash.Append(bytes.AsSpan(0, length));
            hash.Finish().ShouldBe(SHA256.HashData(bytes.AsSpan(0, length)), $"{length} bytes");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void It_does_not_depend_on_the_pieces_that_come_in(int piece)
    {
        var bytes = new byte[5000];
        new Random(2).NextBytes(bytes);
        using var hash = new Sha256(framework: false);
        foreach (var part in bytes.Chunk(piece))
            hash.Append(part);
        hash.Finish().ShouldBe(SHA256.HashData(bytes));
    }

    [Fact]
    public void A_stream_has_the_hash_of_its_bytes()
    {
        var bytes = new byte[200_000];
        new Random(3).NextBytes(bytes);
        using var stream = new MemoryStream(bytes);
        Sha256.Of(stream).ShouldBe(Sha256.Of(bytes));
    }
}
