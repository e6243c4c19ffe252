namespace LayerGrad.Compute;

/// <summary>The room that the gated delta rule keeps states in (<see cref="Device{T}.DeltaRule"/>).</summary>
internal static class DeltaShape
{
    /// <summary>The tokens from one state that is kept to the next, in each example by itself.</summary>
    public const int ChunkTokens = 64;

    /// <summary>The rows that are always enough: a state where a chunk begins within an example, none where the example begins.</summary>
    /// <param name="tokens">The tokens of a batch.</param>
    public static int StateRows(int tokens) => tokens / ChunkTokens;

    /// <summary>The row of the state with which a chunk within an example begins. Examples stand one behind the other, so no two chunks share a row.</summary>
    /// <param name="token">The chunk's first token, counted in the batch.</param>
    public static int StateRow(int token) => token / ChunkTokens - 1;

    /// <summary>The columns of a row.</summary>
    /// <param name="valueHeads">The heads.</param>
    /// <param name="keySize">The columns of a key.</param>
    /// <param name="valueSize">The columns of a value.</param>
    public static int StateColumns(int valueHeads, int keySize, int valueSize) => checked(valueHeads * keySize * valueSize);
}
