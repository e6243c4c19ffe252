using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// Causal attention, a block of query rows at a time so that only the scores that the mask leaves are computed and
/// no more than a block of them exists (the recomputing backward is that of FlashAttention, Dao et al. 2022, arXiv 2205.14135):
/// <code>
/// s = cap(scale · q Kᵀ),   p = exp(s − L),   o = p V          with L = log Σ exp(s), kept for the backward
/// dp = do Vᵀ,   ds = p · (dp − do·o) · cap'(s),   dq = scale · ds K,   dK += scale · dsᵀ q,   dV += pᵀ do
/// </code>
/// With a sink a, L = log(eᵃ + Σ exp(s)) and da −= Σ exp(a − L) · do·o; all else stays as it is.
/// </content>
internal partial class CpuDevice<T>
{
    private const int QueryBlock = 64;

    /// <summary>A block of scores, and one of their slopes, for each worker.</summary>
    private readonly NativeBuffer<T>[] _scores;

    /// <inheritdoc />
    public override unsafe void Attend(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp, Parameter<T>? sinks = null)
    {
        var queriesPerKey = query.Count / key.Count;
        ForTasks(segments.Count * query.Count, ReserveScores(segments), (task, scores, product) =>
        {
            var (segment, head) = (segments[task / query.Count], task % query.Count);
            var (q, o) = (Rows(query[head], segment), Rows(output[head], segment));
            var (k, v) = (Rows(key[head / queriesPerKey], segment), Rows(value[head / queriesPerKey], segment));
            var sums = Rows(logSumExp.ColumnRange(head, 1), segment);
            T? sink = sinks is { } all ? all.AsMatrix().Row(0)[head] : null;
            for (var start = 0; start < segment.Length; start += QueryBlock)
            {
                Team.Stop.ThrowIfCancellationRequested();
                AttendBlock(shape, sink, start, Math.Min(QueryBlock, segment.Length - start), q, k, v, o, sums, scores.Pointer, product);
            }
        });
    }

    /// <inheritdoc />
    public override unsafe void AttendBackward(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Parameter<T>? sinks = null, Matrix<T>? dSinks = null)
    {
        if (sinks is { } scoresOfSinks && dSinks is { } gradient)
            AddSinkGradients(scoresOfSinks.AsMatrix(), output, logSumExp, dOutput, gradient);
        // The queries of one key-value head add to the same gradients, so they belong to one task.
        var queriesPerKey = query.Count / key.Count;
        ForTasks(segments.Count * key.Count, ReserveScores(segments), (task, scores, product) =>
        {
            var (segment, keyHead) = (segments[task / key.Count], task % key.Count);
            var (k, v) = (Rows(key[keyHead], segment), Rows(value[keyHead], segment));
            var (dk, dv) = (Rows(dKey[keyHead], segment), Rows(dValue[keyHead], segment));
            ClearRows(dk);
            ClearRows(dv);
            var slopes = scores.Pointer + (long)QueryBlock * segment.Length;
            for (var head = keyHead * queriesPerKey; head < (keyHead + 1) * queriesPerKey; head++)
            {
                var (q, dq) = (Rows(query[head], segment), Rows(dQuery[head], segment));
                var (o, dO) = (Rows(output[head], segment), Rows(dOutput[head], segment));
                var sums = Rows(logSumExp.ColumnRange(head, 1), segment);
                for (var start = 0; start < segment.Length; start += QueryBlock)
                {
                    Team.Stop.ThrowIfCancellationRequested();
                    AttendBackwardBlock(
                        shape, sinks is not null, start, Math.Min(QueryBlock, segment.Length - start), q, k, v, o, sums, dO, dq, dk, dv, scores.Pointer, slopes, product);
                }
            }
        });
    }

    /// <summary>On one thread: only training asks for it, and the sum's order must not depend on the number of threads.</summary>
    private static void AddSinkGradients(Matrix<T> sinks, Heads<T> output, Matrix<T> logSumExp, Heads<T> dOutput, Matrix<T> gradient)
    {
        for (var head = 0; head < output.Count; head++)
        {
            var (o, dO, sum) = (output[head], dOutput[head], T.Zero);
            for (var row = 0; row < o.Rows; row++)
                sum += T.Exp(sinks.Row(0)[head] - logSumExp.Row(row)[head]) * TensorPrimitives.Dot<T>(dO.Row(row), o.Row(row));
            gradient.Row(0)[head] -= sum;
        }
    }

    private static unsafe void AttendBlock(
        AttentionShape shape, T? sink, int start, int rows, Matrix<T> q, Matrix<T> k, Matrix<T> v, Matrix<T> o, Matrix<T> sums, T* s, IMatrixProduct<T> product)
    {
        var (firstKey, keys) = KeysOf(shape, start, rows);
        Scores(shape, start, rows, firstKey, keys, q, k, s, product);
        for (var row = 0; row < rows; row++)
        {
            var all = new Span<T>(s + (long)row * keys, keys);
            var seen = Seen(shape, start + row, firstKey, all, out var before, out var after);
            if (shape.SoftCap is { } cap)
                CapScores(seen, T.CreateTruncating(cap), default);
            var highest = TensorPrimitives.Max<T>(seen);
            if (sink is { } score)
                highest = T.Max(highest, score);
            TensorPrimitives.Subtract(seen, highest, seen);
            TensorPrimitives.Exp<T>(seen, seen);
            var sum = TensorPrimitives.Sum<T>(seen);
            if (sink is { } beside)
                sum += T.Exp(beside - highest);
            TensorPrimitives.Multiply(seen, T.One / sum, seen);
            sums.Row(start + row)[0] = highest + T.Log(sum);
            before.Clear();
            after.Clear();
        }

        product.Multiply(
            false, false, rows, v.Columns, keys, T.One, s, keys, v.RowRange(firstKey, keys).Pointer(), v.Stride, T.Zero,
            o.RowRange(start, rows).Pointer(), o.Stride);
    }

    private static unsafe void AttendBackwardBlock(
        AttentionShape shape, bool hasSink, int start, int rows, Matrix<T> q, Matrix<T> k, Matrix<T> v, Matrix<T> o, Matrix<T> sums, Matrix<T> dO,
        Matrix<T> dq, Matrix<T> dk, Matrix<T> dv, T* p, T* ds, IMatrixProduct<T> product)
    {
        var (firstKey, keys) = KeysOf(shape, start, rows);
        var (qBlock, dOBlock) = (q.RowRange(start, rows), dO.RowRange(start, rows));
        var (kBlock, vBlock) = (k.RowRange(firstKey, keys), v.RowRange(firstKey, keys));
        var scale = T.CreateTruncating(shape.Scale);
        Scores(shape, start, rows, firstKey, keys, q, k, p, product);
        for (var row = 0; row < rows; row++)
            Probabilities(shape, start + row, firstKey, new Span<T>(p + (long)row * keys, keys), new Span<T>(ds + (long)row * keys, keys), sums.Row(start + row)[0]);

        product.Multiply(true, false, keys, v.Columns, rows, T.One, p, keys, dOBlock.Pointer(), dO.Stride, T.One, dv.RowRange(firstKey, keys).Pointer(), dv.Stride);
        ScoreGradients(shape, hasSink, start, rows, firstKey, keys, o, dO, vBlock, p, ds, product);
        product.Multiply(false, false, rows, k.Columns, keys, scale, ds, keys, kBlock.Pointer(), k.Stride, T.Zero, dq.RowRange(start, rows).Pointer(), dq.Stride);
        product.Multiply(true, false, keys, k.Columns, rows, scale, ds, keys, qBlock.Pointer(), q.Stride, T.One, dk.RowRange(firstKey, keys).Pointer(), dk.Stride);
    }

    /// <summary>p becomes p · cap'(s) where there is a cap, then ds = p · (do Vᵀ − do·o).</summary>
    private static unsafe void ScoreGradients(
        AttentionShape shape, bool hasSink, int start, int rows, int firstKey, int keys, Matrix<T> o, Matrix<T> dO, Matrix<T> v, T* p, T* ds, IMatrixProduct<T> product)
    {
        if (shape.SoftCap is not null)
            TensorPrimitives.Multiply(new ReadOnlySpan<T>(p, rows * keys), new ReadOnlySpan<T>(ds, rows * keys), new Span<T>(p, rows * keys));
        product.Multiply(false, true, rows, keys, v.Columns, T.One, dO.RowRange(start, rows).Pointer(), dO.Stride, v.Pointer(), v.Stride, T.Zero, ds, keys);
        for (var row = 0; row < rows; row++)
        {
            var slope = new Span<T>(ds + (long)row * keys, keys);
            var probabilities = new ReadOnlySpan<T>(p + (long)row * keys, keys);

            // do·o is the mean of do Vᵀ under p. Taken from these very numbers, ds sums to zero as it should, which the mean of
            // the keys' gradient depends on; with a cap p is weighted already, and with a sink it does not sum to one.
            var mean = shape.SoftCap is null && !hasSink
                ? TensorPrimitives.Dot(probabilities, slope) / TensorPrimitives.Sum(probabilities)
                : TensorPrimitives.Dot<T>(dO.Row(start + row), o.Row(start + row));
            TensorPrimitives.Subtract(slope, mean, slope);
            TensorPrimitives.Multiply(slope, probabilities, slope);
        }
    }

    /// <summary>Turns a row of scores into probabilities; with a cap, also its slope. Keys that are not seen get zeros.</summary>
    private static void Probabilities(AttentionShape shape, int position, int firstKey, Span<T> scores, Span<T> slopes, T logSumExp)
    {
        var seen = Seen(shape, position, firstKey, scores, out var before, out var after);
        if (shape.SoftCap is { } cap)
        {
            slopes.Clear();
            CapScores(seen, T.CreateTruncating(cap), slopes.Slice(before.Length, seen.Length));
        }

        TensorPrimitives.Subtract(seen, logSumExp, seen);
        TensorPrimitives.Exp<T>(seen, seen);
        before.Clear();
        after.Clear();
    }

    private static unsafe void Scores(AttentionShape shape, int start, int rows, int firstKey, int keys, Matrix<T> q, Matrix<T> k, T* scores, IMatrixProduct<T> product) =>
        product.Multiply(
            false, true, rows, keys, q.Columns, T.CreateTruncating(shape.Scale), q.RowRange(start, rows).Pointer(), q.Stride,
            k.RowRange(firstKey, keys).Pointer(), k.Stride, T.Zero, scores, keys);

    /// <summary>The keys that any query of a block sees.</summary>
    private static (int First, int Count) KeysOf(AttentionShape shape, int start, int rows)
    {
        var first = shape.Window is { } window ? Math.Max(0, start - window + 1) : 0;
        return (first, start + rows - first);
    }

    /// <summary>The scores of the keys that one query sees, and those before and after them.</summary>
    private static Span<T> Seen(AttentionShape shape, int position, int firstKey, Span<T> scores, out Span<T> before, out Span<T> after)
    {
        var first = (shape.Window is { } window ? Math.Max(0, position - window + 1) : 0) - firstKey;
        var end = position + 1 - firstKey;
        before = scores[..first];
        after = scores[end..];
        return scores[first..end];
    }

    private static Matrix<T> Rows(Matrix<T> matrix, Segment segment) => matrix.RowRange(segment.Start, segment.Length);

    private static void ClearRows(Matrix<T> matrix)
    {
        for (var row = 0; row < matrix.Rows; row++)
            matrix.Row(row).Clear();
    }

    /// <summary>The elements of a block of scores and of their slopes.</summary>
    /// <param name="tokens">The tokens of the longest example.</param>
    internal static long ScoresOf(int tokens) => 2L * QueryBlock * tokens;

    /// <summary>Makes room for the scores of the longest example, on every worker alike: which of them gets it is left to chance.</summary>
    private unsafe NativeBuffer<T>[] ReserveScores(IReadOnlyList<Segment> segments)
    {
        var longest = 0;
        foreach (var segment in segments)
            longest = Math.Max(longest, segment.Length);
        _products.Reserve();
        foreach (var scores in _scores)
            scores.Reserve(ScoresOf(longest));
        return _scores;
    }

    /// <summary>Runs independent tasks side by side, or one after another with the team inside each where they are too few.</summary>
    private void ForTasks(int tasks, NativeBuffer<T>[] memory, Action<int, NativeBuffer<T>, IMatrixProduct<T>> body)
    {
        if (tasks >= Team.Threads)
        {
            Team.Run(tasks, (Body: body, Memory: memory, Products: _products), static (
                in (Action<int, NativeBuffer<T>, IMatrixProduct<T>> Body, NativeBuffer<T>[] Memory, Gemm<T> Products) work, int task, int worker) =>
                work.Body(task, work.Memory[worker], work.Products.Of(worker)));
            return;
        }

        for (var task = 0; task < tasks; task++)
            body(task, memory[0], _products);
    }
}
