using LayerGrad.Compute;
using LayerGrad.Torch.Batches;
using LayerGrad.Torch.Storage;
using TorchSharp;

namespace LayerGrad.Torch.Devices;

/// <content>
/// The gated delta rule, chunk by chunk, all heads (and on a GPU several examples) at once; the formulas of a chunk and of its backward stand at
/// <see cref="DeltaChunk"/>. The state at each border between chunks is kept, so that the backward, which goes from the last chunk to the first, need not
/// go forward again.
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void DeltaRule(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Heads<T> output, Matrix<T> states)
    {
        foreach (var group in ExamplesOf(segments).Groups)
        {
            Do(DeltaBytes(group, key, value, gradients: false), () =>
            {
                var tokens = TokensOf(group, query, key, value, logDecay, rate);
                var result = tokens.Value.empty_like();
                torch.Tensor? state = null;
                for (var start = 0; start < group.Longest; start += DeltaShape.ChunkTokens)
                {
                    using var scope = torch.NewDisposeScope();
                    var count = Math.Min(DeltaShape.ChunkTokens, group.Longest - start);
                    if (state is not null)
                        KeepStates(group, start, state, states);
                    var chunk = new DeltaChunk(tokens.Range(start, count), state);
                    result.narrow(1, start, count).copy_(chunk.Output());
                    var next = start + count < group.Longest ? chunk.Next().MoveToOuterDisposeScope() : null;
                    state?.Dispose();
                    state = next;
                }

                StoreKeys(group, result, output);
            });
        }
    }

    /// <inheritdoc />
    public override void DeltaRuleBackward(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Matrix<T> states,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Matrix<T> dLogDecay, Matrix<T> dRate)
    {
        foreach (var group in ExamplesOf(segments).Groups)
        {
            Do(DeltaBytes(group, key, value, gradients: true), () =>
            {
                var tokens = TokensOf(group, query, key, value, logDecay, rate);
                var (gradients, d) = (tokens.EmptyLike(), Keys(group, dOutput));
                var dState = torch.zeros([tokens.Key.size(0), key.Size, value.Size], ElementType, _target);
                for (var start = (group.Longest - 1) / DeltaShape.ChunkTokens * DeltaShape.ChunkTokens; start >= 0; start -= DeltaShape.ChunkTokens)
                {
                    using var scope = torch.NewDisposeScope();
                    var count = Math.Min(DeltaShape.ChunkTokens, group.Longest - start);
                    var state = start == 0 ? null : KeptStates(group, start, states, value.Count, key.Size, value.Size);
                    var (part, before) = new DeltaChunk(tokens.Range(start, count), state).Backward(d.narrow(1, start, count), dState);
                    gradients.Store(start, part);
                    dState.copy_(before);
                }

                StoreKeys(group, OfKeyHeads(group, gradients.Query, key.Count), dQuery);
                StoreKeys(group, OfKeyHeads(group, gradients.Key, key.Count), dKey);
                StoreKeys(group, gradients.Value, dValue);
                StoreKeys(group, gradients.LogDecay, HeadsOf(dLogDecay));
                StoreKeys(group, gradients.Rate, HeadsOf(dRate));
            });
        }
    }

    /// <summary>Numbers of which each head has one.</summary>
    private static Heads<T> HeadsOf(Matrix<T> numbers) => new(numbers, numbers.Columns, 1, 1);

    /// <summary>The tokens of a group, queries and keys repeated for the value heads that they serve.</summary>
    private static DeltaTokens TokensOf(ExampleGroup group, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate)
    {
        var perKey = value.Count / key.Count;
        return new DeltaTokens(
            Keys(group, query).repeat_interleave(perKey, 0), Keys(group, key).repeat_interleave(perKey, 0), Keys(group, value),
            Keys(group, HeadsOf(logDecay)).squeeze(2), Keys(group, HeadsOf(rate)));
    }

    /// <summary>The gradients of the value heads that a key head serves, summed.</summary>
    private static torch.Tensor OfKeyHeads(ExampleGroup group, torch.Tensor gradients, int keyHeads) =>
        gradients.view(group.Count * keyHeads, -1, gradients.size(1), gradients.size(2)).sum([1L]);

    /// <summary>Writes the states with which the chunks of a place begin, of the examples that reach it.</summary>
    private static void KeepStates(ExampleGroup group, int start, torch.Tensor state, Matrix<T> states)
    {
        var rows = state.view(group.Count, -1);
        for (var i = 0; i < group.Count; i++)
        {
            if (start < group.Segments[i].Length)
                states.RowRange(DeltaShape.StateRow(group.Segments[i].Start + start), 1).View().copy_(rows.narrow(0, i, 1));
        }
    }

    /// <summary>Reads them, batch x key size x value size; zeros for the examples that do not reach it, which are zeros there.</summary>
    private torch.Tensor KeptStates(ExampleGroup group, int start, Matrix<T> states, int heads, int keySize, int valueSize)
    {
        var result = torch.zeros([group.Count, states.Columns], ElementType, _target);
        for (var i = 0; i < group.Count; i++)
        {
            if (start < group.Segments[i].Length)
                result.narrow(0, i, 1).copy_(states.RowRange(DeltaShape.StateRow(group.Segments[i].Start + start), 1).View());
        }

        return result.view(group.Count * heads, keySize, valueSize);
    }

    /// <summary>Copies of all tokens, and what a chunk computes.</summary>
    private static long DeltaBytes(ExampleGroup group, Heads<T> key, Heads<T> value, bool gradients)
    {
        var batch = (long)group.Count * value.Count;
        var row = 2L * key.Size + 2L * value.Size + 2;
        return ElementBytes * batch * (gradients ? 2 : 1) * row * group.Longest + DeltaChunkBytes(batch, key.Size, value.Size);
    }

    /// <summary>What a chunk computes for so many heads.</summary>
    private static long DeltaChunkBytes(long batch, int keySize, int valueSize) =>
        ElementBytes * batch * ((8L * DeltaShape.ChunkTokens + 6L * (keySize + valueSize)) * DeltaShape.ChunkTokens + 4L * keySize * valueSize);
}
