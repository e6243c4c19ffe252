using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>Where parameters are read from; safe to call from several threads at once.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal interface IParameterSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Reads neighbouring elements.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="start">The first element, row-major.</param>
    /// <param name="destination">What is filled.</param>
    void Read(ParameterSpecification parameter, long start, Span<T> destination);

    /// <summary>The narrowest type that holds all values of a parameter exactly.</summary>
    /// <param name="parameter">The parameter.</param>
    ParameterStorage StorageOf(ParameterSpecification parameter) => ParameterStorage.Element;

    /// <summary>The bytes that a parameter takes as it is stored, where these are fewer than its elements take and may be held in their place; else 0.</summary>
    /// <param name="parameter">The parameter.</param>
    long StoredBytes(ParameterSpecification parameter) => 0;

    /// <summary>Reads a parameter into memory as it is stored, and decodes it from there from now on.</summary>
    /// <param name="parameter">One that has <see cref="StoredBytes"/>.</param>
    void Hold(ParameterSpecification parameter)
    {
    }

    /// <summary>Says that a parameter will soon be read.</summary>
    /// <param name="parameter">The parameter.</param>
    void Prefetch(ParameterSpecification parameter);
}
