using LayerGrad.Compute;
using LayerGrad.Torch.Batches;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// Causal attention, a block of query rows at a time over the keys that the mask leaves, all heads (and on a GPU several examples) in one product
/// (the recomputing backward is that of FlashAttention, Dao et al. 2022, arXiv 2205.14135):
/// <code>
/// s = cap(scale · q Kᵀ),   p = exp(s − L),   o = p V          with L = log Σ exp(s), kept for the backward
/// dp = do Vᵀ,   ds = p · (dp − do·o) · cap'(s),   dq = scale · ds K,   dK += scale · dsᵀ q,   dV += pᵀ do
/// </code>
/// With a sink a, L = log(eᵃ + Σ exp(s)) and da −= Σ exp(a − L) · do·o; all else stays as it is.
/// The queries that share keys stand below each other as the rows of one matrix.
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <summary>Query rows at a time on a processor, so that little is computed that the mask hides.</summary>
    private const int QueryBlock = 64;

    /// <summary>The bytes of a block of scores on a GPU, where few large products are faster than many small ones.</summary>
    private const long ScoreBytes = 512L << 20;

    /// <summary>The rows of examples that a GPU takes together.</summary>
    private const long MostRowsTogether = 1L << 14;

    private PackedExamples? _examples;

    /// <summary>The rows of several examples that are computed together, where it is not left to the device; 0 for each alone, which a processor does best.</summary>
    internal long? RowsTogether { get; init; }

    private long RowsOfGroups => RowsTogether ?? (OnProcessor ? 0 : MostRowsTogether);

    /// <inheritdoc />
    public override void Attend(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp,
        Parameter<T>? sinks = null)
    {
        foreach (var group in ExamplesOf(segments).Groups)
        {
            var rows = BlockRows(group, query.Count);
            Do(AttentionBytes(group, query, key, value, rows, gradients: false), () =>
            {
                var (q, k, v) = (Queries(group, query, key.Count), Keys(group, key), Keys(group, value));
                var sinkScores = sinks is { } parameter ? SinkScores(parameter, group, key.Count) : null;
                var o = torch.empty([q.size(0), q.size(1), group.Longest, value.Size], ElementType, _target);
                var sums = torch.empty([q.size(0), q.size(1), group.Longest, 1], ElementType, _target);
                for (var start = 0; start < group.Longest; start += rows)
                    AttendBlock(new AttentionBlock(shape, start, Math.Min(rows, group.Longest - start)), q, k, v, sinkScores, o, sums);
                StoreQueries(group, o, output);
                StoreQueries(group, sums, new Heads<T>(logSumExp, query.Count, 1, 1));
            });
        }
    }

    /// <inheritdoc />
    public override void AttendBackward(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Parameter<T>? sinks = null, Matrix<T>? dSinks = null)
    {
        if (sinks is { } scoresOfSinks && dSinks is { } gradient)
            AddSinkGradients(scoresOfSinks, output, logSumExp, dOutput, gradient);
        foreach (var group in ExamplesOf(segments).Groups)
        {
            var rows = BlockRows(group, query.Count);
            Do(AttentionBytes(group, query, key, value, rows, gradients: true), () =>
            {
                var (q, k, v) = (Queries(group, query, key.Count), Keys(group, key), Keys(group, value));
                var (dO, sums) = (Queries(group, dOutput, key.Count), Queries(group, new Heads<T>(logSumExp, query.Count, 1, 1), key.Count));
                var dq = torch.empty([q.size(0), q.size(1), group.Longest, query.Size], ElementType, _target);
                var dk = torch.zeros([k.size(0), group.Longest, key.Size], ElementType, _target);
                var dv = torch.zeros([v.size(0), group.Longest, value.Size], ElementType, _target);
                for (var start = 0; start < group.Longest; start += rows)
                    AttendBackwardBlock(new AttentionBlock(shape, start, Math.Min(rows, group.Longest - start)), sinks is not null, q, k, v, sums, dO, dq, dk, dv);
                StoreQueries(group, dq, dQuery);
                StoreKeys(group, dk, dKey);
                StoreKeys(group, dv, dValue);
            });
        }
    }

    private void AddSinkGradients(Parameter<T> sinks, Heads<T> output, Matrix<T> logSumExp, Heads<T> dOutput, Matrix<T> gradient) => Do(
        2 * ElementBytes * output.Matrix.Rows * (long)output.Count * output.Size,
        () =>
        {
            var shares = sinks.View().to(ElementType).sub(logSumExp.View()).exp_();
            gradient.View().sub_(shares.mul_(dOutput.View().mul(output.View()).sum([2L])).sum([0L], keepdim: true));
        });

    /// <summary>(examples · key-value heads) x queries of each x 1.</summary>
    private static torch.Tensor SinkScores(Parameter<T> sinks, ExampleGroup group, int keyHeads) =>
        sinks.View().to(ElementType).view(keyHeads, -1, 1).repeat(group.Count, 1, 1);

    private static void AttendBlock(AttentionBlock block, torch.Tensor q, torch.Tensor k, torch.Tensor v, torch.Tensor? sinks, torch.Tensor o, torch.Tensor sums)
    {
        using var scope = torch.NewDisposeScope();
        var (scores, _) = Scores(block, block.Scaled(q), k, wantSlope: false);
        block.Hide(scores, double.NegativeInfinity);
        var highest = scores.amax([2L], keepdim: true);
        var beside = sinks?.repeat_interleave(block.Rows, 1);
        if (beside is not null)
            highest = highest.maximum(beside);
        scores.sub_(highest).exp_();
        var sum = scores.sum([2L], keepdim: true);
        if (beside is not null)
            sum.add_(beside.sub_(highest).exp_(), One);
        block.Rows4(o).copy_(scores.bmm(block.Keys(v)).div_(sum).view(block.Rows4(o).shape));
        block.Rows4(sums).copy_(sum.log_().add_(highest, One).view(block.Rows4(sums).shape));
    }

    private static void AttendBackwardBlock(
        AttentionBlock block, bool hasSinks, torch.Tensor q, torch.Tensor k, torch.Tensor v, torch.Tensor sums, torch.Tensor dO, torch.Tensor dq, torch.Tensor dk, torch.Tensor dv)
    {
        using var scope = torch.NewDisposeScope();
        var scaled = block.Scaled(q);
        var (p, slope) = Scores(block, scaled, k, wantSlope: true);
        p.sub_(block.Merged(sums)).exp_();
        block.Hide(p, 0);
        var dOutput = block.Merged(dO);
        block.Keys(dv).add_(p.transpose(1, 2).bmm(dOutput), One);

        // do·o is the mean of do Vᵀ under p. Taken from these very numbers, ds sums to zero as it should, which the mean of the keys' gradient depends on;
        // with a sink p does not sum to one.
        var ds = dOutput.bmm(block.Keys(v).transpose(1, 2));
        var mean = ds.mul(p).sum([2L], keepdim: true);
        if (!hasSinks)
            mean.div_(p.sum([2L], keepdim: true));
        ds.sub_(mean).mul_(p);
        if (slope is not null)
            ds.mul_(slope);
        block.Rows4(dq).copy_(ds.bmm(block.Keys(k)).mul_(Number(block.Shape.Scale)).view(block.Rows4(dq).shape));
        block.Keys(dk).add_(ds.transpose(1, 2).bmm(scaled), One);
    }

    private static (torch.Tensor Scores, torch.Tensor? Slope) Scores(AttentionBlock block, torch.Tensor q, torch.Tensor k, bool wantSlope)
    {
        var scores = q.bmm(block.Keys(k).transpose(1, 2));
        return (scores, block.Shape.SoftCap is { } cap ? CapScores(scores, cap, wantSlope) : null);
    }

    /// <summary>(examples · key-value heads) x queries of each x rows x size.</summary>
    private static torch.Tensor Queries(ExampleGroup group, Heads<T> heads, int keyHeads) => group.Of(heads.View())
        .view(group.Count, group.Longest, keyHeads, heads.Count / keyHeads, heads.Size).permute(0, 2, 3, 1, 4)
        .reshape(group.Count * keyHeads, heads.Count / keyHeads, group.Longest, heads.Size);

    /// <summary>(examples · key-value heads) x rows x size.</summary>
    private static torch.Tensor Keys(ExampleGroup group, Heads<T> heads) =>
        group.Of(heads.View()).transpose(1, 2).reshape(group.Count * heads.Count, group.Longest, heads.Size);

    private static void StoreQueries(ExampleGroup group, torch.Tensor values, Heads<T> heads) => group.Store(
        values.view(group.Count, heads.Count, group.Longest, heads.Size).transpose(1, 2), heads.View());

    private static void StoreKeys(ExampleGroup group, torch.Tensor values, Heads<T> heads) => group.Store(
        values.view(group.Count, heads.Count, group.Longest, heads.Size).transpose(1, 2), heads.View());

    private int BlockRows(ExampleGroup group, int heads) => OnProcessor
        ? QueryBlock
        : (int)Math.Clamp(ScoreBytes / (group.PaddedRows * heads * ElementBytes), QueryBlock, Math.Max(QueryBlock, group.Longest));

    /// <summary>Scores and what is computed from them, beside copies of all heads.</summary>
    private static long AttentionBytes(ExampleGroup group, Heads<T> query, Heads<T> key, Heads<T> value, int rows, bool gradients)
    {
        var heads = (long)query.Count * (query.Size + value.Size + 1) + (long)key.Count * (key.Size + value.Size);
        var tile = (long)group.Count * query.Count * Math.Min(rows, group.Longest) * group.Longest;
        return ElementBytes * ((gradients ? 2 : 1) * heads * group.PaddedRows + (gradients ? 4 : 2) * tile);
    }

    /// <summary>What operations need of the examples; those of one batch come one after the other.</summary>
    private PackedExamples ExamplesOf(IReadOnlyList<Segment> segments)
    {
        if (_examples is not null && _examples.Are(segments))
            return _examples;
        _examples?.Dispose();
        _examples = null;
        Do(0, () => _examples = new PackedExamples(segments, RowsOfGroups, indices =>
        {
            Transfers.Upload(indices.Length * (long)sizeof(long));
            return ToDevice(indices);
        }).Keep());
        return _examples!;
    }
}
