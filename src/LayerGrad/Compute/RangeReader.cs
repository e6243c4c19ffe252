using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>Gives a run of neighbouring elements, as a checkpoint does of a tensor; called from several threads at once.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="start">The first element.</param>
/// <param name="destination">What is filled.</param>
internal delegate void RangeReader<T>(long start, Span<T> destination)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
