using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Gradients;

/// <summary>
/// Takes factors in float64 and keeps them in another element type, scaled by a power of two so that the largest magnitude
/// lies between 1 and 2: what is at the edge of float32's range keeps its digits there.
/// </summary>
/// <typeparam name="T">The element type that is kept.</typeparam>
/// <param name="store">Where they are kept.</param>
internal sealed class ScalingFactorStore<T>(FactorStore<T> store) : FactorStore<double>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<(int Factor, int Example), int> _exponents = [];

    /// <summary>The power of two by which what is kept of a factor is to be multiplied; 0 for those kept elsewhere.</summary>
    /// <param name="factor">Which factor.</param>
    /// <param name="example">Whose.</param>
    public int Exponent(int factor, int example) => _exponents.GetValueOrDefault((factor, example));

    /// <inheritdoc />
    public override void Add(int factor, int example, double[] values)
    {
        var largest = values.Length == 0 ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude<double>(values));
        var exponent = largest > 0 ? Math.ILogB(largest) : 0;
        _exponents[(factor, example)] = exponent;
        store.Add(factor, example, Array.ConvertAll(values, value => T.CreateTruncating(Math.ScaleB(value, -exponent))));
    }

    /// <inheritdoc />
    public override void Remove(int example) => store.Remove(example);

    /// <inheritdoc />
    public override void Clear()
    {
        _exponents.Clear();
        store.Clear();
    }

    /// <inheritdoc />
    public override int Length(int factor, int example) => store.Length(factor, example);

    /// <inheritdoc />
    public override ReadOnlySpan<double> Read(int factor, int example, ref double[] room)
    {
        T[] keptRoom = [];
        var kept = store.Read(factor, example, ref keptRoom);
        var values = RoomFor(ref room, kept.Length);
        var exponent = Exponent(factor, example);
        for (var i = 0; i < kept.Length; i++)
            values[i] = Math.ScaleB(double.CreateTruncating(kept[i]), exponent);
        return values;
    }
}
