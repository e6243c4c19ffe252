using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What the backward of attention needs of its forward.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class AttentionState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Room for a batch.</summary>
    /// <param name="attention">The sizes.</param>
    /// <param name="workspace">Where the room is.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public AttentionState(AttentionSpecification attention, Workspace<T> workspace, int tokens)
    {
        Qkv = workspace.Take(tokens, attention.Columns);
        Output = workspace.Take(tokens, attention.Heads * attention.HeadSize);
        LogSumExp = workspace.Take(tokens, attention.Heads);
        if (attention.Norms.Any())
            BeforeNorm = workspace.Take(tokens, attention.Columns);
        if (attention.Clamp is not null)
            Clamped = workspace.Take(tokens, attention.Columns);
    }

    /// <summary>Queries, keys and values as attention uses them, tokens x columns.</summary>
    public Matrix<T> Qkv { get; }

    /// <summary>The same before the norms of queries and keys, where there are such.</summary>
    public Matrix<T>? BeforeNorm { get; }

    /// <summary>The same after clamping and before rotation, where values are clamped.</summary>
    public Matrix<T>? Clamped { get; }

    /// <summary>The heads' outputs, tokens x (heads · head size): the input of the output projection.</summary>
    public Matrix<T> Output { get; }

    /// <summary>The logarithms of the softmax denominators, tokens x heads.</summary>
    public Matrix<T> LogSumExp { get; }
}
