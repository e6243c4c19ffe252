namespace LayerGrad.Checkpoints.Gguf;

/// <summary>Where the rows of a tensor in Hugging Face's order stand in the file.</summary>
internal abstract record RowOrder
{
    /// <summary>The row of the file that holds a row of the tensor.</summary>
    public abstract long Stored(long row);

    /// <summary>
    /// Rows of a query or key projection whose two rotary halves the file has interleaved: converters for
    /// llama-like families write row 2·j + h for row h·d/2 + j of each head of d rows (<c>LlamaModel.permute</c>
    /// of llama.cpp's converter).
    /// </summary>
    /// <param name="HeadRows">Rows of a head.</param>
    public sealed record InterleavedHalves(long HeadRows) : RowOrder
    {
        public override long Stored(long row)
        {
            var within = row % HeadRows;
            var half = HeadRows / 2;
            return row - within + (within % half * 2) + (within / half);
        }
    }

    /// <summary>
    /// Rows of GPT-NeoX's <c>query_key_value</c>: query, key and value of the first head, of the second, and so on
    /// in Hugging Face's order; all queries, all keys, all values in the file.
    /// </summary>
    /// <param name="Heads">Number of heads.</param>
    /// <param name="HeadRows">Rows of a head in each of the three.</param>
    public sealed record ByRole(long Heads, long HeadRows) : RowOrder
    {
        public override long Stored(long row)
        {
            var (head, within) = Math.DivRem(row, 3 * HeadRows);
            var (role, rest) = Math.DivRem(within, HeadRows);
            return (((role * Heads) + head) * HeadRows) + rest;
        }
    }
}
