namespace LayerGrad.Compute.Cpu;

/// <content>
/// The gated delta rule, chunk by chunk; the formulas of a chunk and of its backward stand at <see cref="DeltaChunk{T}"/>. The state at each border between
/// chunks is kept, so that the backward, which goes from the last chunk to the first, need not go forward again.
/// </content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override unsafe void DeltaRule(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Heads<T> output, Matrix<T> states)
    {
        var perKey = value.Count / key.Count;
        ForTasks(segments.Count * value.Count, ReserveChunk(key.Size, value.Size), (task, memory, product) =>
        {
            var (segment, head) = (segments[task / value.Count], task % value.Count);
            var rows = RowsOf(segment, query, key, value, logDecay, rate, head, perKey);
            var (o, kept) = (Rows(output[head], segment), StatesOf(states, head, value.Count));
            var chunk = new DeltaChunk<T>(memory.Pointer, product, key.Size, value.Size);
            for (var start = 0; start < segment.Length; start += DeltaShape.ChunkTokens)
            {
                var count = Math.Min(DeltaShape.ChunkTokens, segment.Length - start);
                var part = rows.RowRange(start, count);
                var state = start == 0 ? null : chunk.State;
                if (start > 0)
                    new Span<T>(state, (int)chunk.StateElements).CopyTo(kept.Row(DeltaShape.StateRow(segment.Start + start)));
                chunk.Solve(part, state);
                chunk.Output(part, state, o.RowRange(start, count));
                if (start + count < segment.Length)
                    chunk.Advance(part, chunk.State, start == 0);
            }
        });
    }

    /// <inheritdoc />
    public override unsafe void DeltaRuleBackward(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Matrix<T> states,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Matrix<T> dLogDecay, Matrix<T> dRate)
    {
        // The values of one key head add to the same gradients, so they belong to one task.
        var perKey = value.Count / key.Count;
        ForTasks(segments.Count * key.Count, ReserveChunk(key.Size, value.Size), (task, memory, product) =>
        {
            var (segment, keyHead) = (segments[task / key.Count], task % key.Count);
            ClearRows(Rows(dQuery[keyHead], segment));
            ClearRows(Rows(dKey[keyHead], segment));
            var chunk = new DeltaChunk<T>(memory.Pointer, product, key.Size, value.Size);
            for (var head = keyHead * perKey; head < (keyHead + 1) * perKey; head++)
            {
                var rows = RowsOf(segment, query, key, value, logDecay, rate, head, perKey);
                var gradients = RowsOf(segment, dQuery, dKey, dValue, dLogDecay, dRate, head, perKey);
                var (d, kept) = (Rows(dOutput[head], segment), StatesOf(states, head, value.Count));
                new Span<T>(chunk.State, (int)chunk.StateElements).Clear();
                for (var start = (segment.Length - 1) / DeltaShape.ChunkTokens * DeltaShape.ChunkTokens; start >= 0; start -= DeltaShape.ChunkTokens)
                {
                    var count = Math.Min(DeltaShape.ChunkTokens, segment.Length - start);
                    var part = rows.RowRange(start, count);
                    var state = start == 0 ? null : kept.RowRange(DeltaShape.StateRow(segment.Start + start), 1).Pointer();
                    chunk.Solve(part, state);
                    chunk.Backward(part, state, d.RowRange(start, count), chunk.State, gradients.RowRange(start, count));
                }
            }
        });
    }

    private static DeltaRows<T> RowsOf(
        Segment segment, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, int head, int perKey) => new(
        Rows(query[head / perKey], segment), Rows(key[head / perKey], segment), Rows(value[head], segment),
        Rows(logDecay.ColumnRange(head, 1), segment), Rows(rate.ColumnRange(head, 1), segment));

    private static Matrix<T> StatesOf(Matrix<T> states, int head, int heads) => states.ColumnRange(head * (states.Columns / heads), states.Columns / heads);

    /// <summary>Makes room for a chunk on every worker alike, in what attention has for scores: the two are never computed at a time.</summary>
    private unsafe NativeBuffer<T>[] ReserveChunk(int keySize, int valueSize)
    {
        _products.Reserve();
        foreach (var memory in _scores)
            memory.Reserve(DeltaChunk<T>.Elements(keySize, valueSize));
        return _scores;
    }
}
