using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What layers of one pass hand to each other beside the residual stream, with the gradients that come back.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class SharedStreams<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<int, (Matrix<T> Values, Matrix<T>? Gradient)> _keyValues = [];

    private SharedStreams()
    {
    }

    /// <summary>Nothing, as most families have it.</summary>
    public static SharedStreams<T> None { get; } = new();

    /// <summary>The inputs of all layers, tokens x (layers · size), where there are such.</summary>
    public Matrix<T>? Inputs { get; private init; }

    /// <summary>Added to: their gradient, or null where nobody wants it.</summary>
    public Matrix<T>? InputGradient { get; private init; }

    /// <summary>Room for a pass.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="workspace">Where it is.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    /// <param name="backward">Whether there will be a backward.</param>
    /// <param name="inputGradients">Whether the gradient of the layers' own inputs is wanted.</param>
    public static SharedStreams<T> Create(DecoderSpecification specification, Workspace<T> workspace, int tokens, bool backward, bool inputGradients)
    {
        var inputs = specification.PerLayerInputs;
        var streams = new SharedStreams<T>
        {
            Inputs = inputs is null ? null : workspace.Take(tokens, inputs.Columns),
            InputGradient = inputs is null || !inputGradients ? null : workspace.TakeCleared(tokens, inputs.Columns),
        };
        foreach (var attention in Sources(specification))
        {
            streams._keyValues[attention.Layer] = (
                workspace.Take(tokens, attention.KeyValueColumns), backward ? workspace.TakeCleared(tokens, attention.KeyValueColumns) : null);
        }

        return streams;
    }

    /// <summary>The keys and values that a layer hands on, tokens x (keys, then values).</summary>
    /// <param name="layer">The layer.</param>
    public Matrix<T> KeyValues(int layer) => _keyValues[layer].Values;

    /// <summary>Added to by those that take them: the gradient of a layer's keys and values.</summary>
    /// <param name="layer">The layer.</param>
    public Matrix<T> KeyValueGradient(int layer) => _keyValues[layer].Gradient!.Value;

    /// <summary>The elements of the workspace that <see cref="Create"/> takes for a backward.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    /// <param name="inputGradients">Whether the gradient of the layers' own inputs is wanted.</param>
    public static long Elements(DecoderSpecification specification, int tokens, bool inputGradients) =>
        (specification.PerLayerInputs is { } inputs ? (inputGradients ? 2 : 1) * Workspace<T>.Elements(tokens, inputs.Columns) : 0)
        + Sources(specification).Sum(attention => 2 * Workspace<T>.Elements(tokens, attention.KeyValueColumns));

    private static IEnumerable<SharedKeyAttentionSpecification> Sources(DecoderSpecification specification) =>
        specification.Layers.Select(layer => layer.Mixer).OfType<SharedKeyAttentionSpecification>().Where(attention => attention.IsSource);
}
