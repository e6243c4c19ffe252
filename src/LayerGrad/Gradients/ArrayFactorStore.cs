using System.Numerics;

namespace LayerGrad.Gradients;

/// <summary>Keeps factors as the arrays that they came in, which can be handed out.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class ArrayFactorStore<T> : FactorStore<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<(int Factor, int Example), T[]> _matrices = [];

    /// <inheritdoc />
    public override void Add(int factor, int example, T[] values) => _matrices.Add((factor, example), values);

    /// <inheritdoc />
    public override void Remove(int example) => RemoveFrom(_matrices, example);

    /// <inheritdoc />
    public override void Clear() => _matrices.Clear();

    /// <inheritdoc />
    public override int Length(int factor, int example) => Find(factor, example).Length;

    /// <summary>A matrix itself, and no copy of it; empty where none of the example's tokens reached the layer.</summary>
    /// <param name="factor">Which factor.</param>
    /// <param name="example">Whose.</param>
    public T[] Find(int factor, int example) => _matrices.GetValueOrDefault((factor, example), []);

    /// <inheritdoc />
    public override ReadOnlySpan<T> Read(int factor, int example, ref T[] room) => _matrices[(factor, example)];
}
