namespace LayerGrad.Checkpoints.Quantized.Codes;

/// <summary>Codes that stand in the file line after line.</summary>
/// <param name="Bytes">The codes.</param>
/// <param name="LineBytes">The bytes of a line.</param>
internal sealed record RowCodes(StoredBytes Bytes, int LineBytes) : ILineCodes
{
    // Fits the second-level cache together with what it is decoded to.
    private const int BufferBytes = 64 * 1024;

    /// <inheritdoc />
    public int LinesAtOnce => Math.Max(1, BufferBytes / LineBytes);

    /// <inheritdoc />
    public int LoadedBytes(long line, int count) => (int)Math.Min((long)count * LineBytes, Bytes.Length - (line * LineBytes));

    /// <inheritdoc />
    public void Load(long line, int count, Span<byte> loaded) => Bytes.Read(line * LineBytes, loaded);

    /// <inheritdoc />
    public ReadOnlySpan<byte> Arrange(ReadOnlySpan<byte> loaded, long line, int count, int from, int some, Span<byte> scratch) => loaded[(from * LineBytes)..];

    /// <inheritdoc />
    public void Ranges(FileRange range) => Bytes.Ranges(range);
}
