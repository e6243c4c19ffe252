using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>The stored numbers of xIELU (<see cref="Device{T}.Xielu"/>), parameters of one element each.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="AlphaP">The positive side's, before softplus.</param>
/// <param name="AlphaN">The negative side's, before softplus.</param>
/// <param name="Beta">The slope at zero.</param>
/// <param name="Epsilon">The greatest argument of the exponential.</param>
internal readonly record struct XieluParameters<T>(Parameter<T> AlphaP, Parameter<T> AlphaN, Parameter<T> Beta, Parameter<T> Epsilon)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
