using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>How the singular values of G = Δᵀ X are computed from its factors.</summary>
internal enum SpectrumRoute
{
    /// <summary>Inner products for float, orthogonal factors for double.</summary>
    Automatic,

    /// <summary>Inner products of the tokens in double precision: fast, and exact for singular values above about 1e-8 of the largest.</summary>
    Gram,

    /// <summary>Orthogonal factors and a singular value decomposition in double precision: exact to rounding, some times slower.</summary>
    Orthogonal,
}

/// <summary>
/// The singular values of weight gradients G = Δᵀ X (out × in) from their factors X (tokens × in) and Δ (tokens × out), without forming G where the tokens are fewer than
/// its rows and columns. One object serves one thread; several gradients (query, key, value) may share an X. Workspaces are kept and grow to the largest shape seen.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class FactorSpectrum<T> : IDisposable
    where T : unmanaged, INumberBase<T>
{
    private readonly IFactorizations _factorizations;
    private readonly GramSpectrum<T>? _gram;
    private readonly OrthogonalSpectrum<T>? _orthogonal;

    /// <summary>Makes one with the routines of the system.</summary>
    /// <param name="counter">Is told of the workspaces.</param>
    /// <param name="product">What multiplies; not disposed with this.</param>
    /// <param name="route">How the values are computed.</param>
    public FactorSpectrum(MemoryCounter counter, IMatrixProduct<T> product, SpectrumRoute route = SpectrumRoute.Automatic)
        : this(counter, product, route, Factorizations.Create(counter))
    {
    }

    /// <summary>Makes one with given routines, which it owns.</summary>
    internal FactorSpectrum(MemoryCounter counter, IMatrixProduct<T> product, SpectrumRoute route, IFactorizations factorizations)
    {
        _factorizations = factorizations;
        if (route == SpectrumRoute.Gram || (route == SpectrumRoute.Automatic && typeof(T) == typeof(float)))
            _gram = new GramSpectrum<T>(counter, factorizations, product);
        else
            _orthogonal = new OrthogonalSpectrum<T>(counter, factorizations);
    }

    /// <summary>The Frobenius norm of the gradient last handed to <see cref="Values"/>, from the factors and not from the singular values: a check on them.</summary>
    public double FrobeniusNorm => _gram?.FrobeniusNorm ?? _orthogonal!.FrobeniusNorm;

    /// <summary>All elements of the gradient last handed to <see cref="Values"/> where it had to be formed, until the next call; elsewhere empty.</summary>
    public ReadOnlySpan<T> FormedGradient => _gram is null ? default : _gram.FormedGradient;

    /// <summary>Makes room for problems of some size, so that none of them takes more.</summary>
    /// <param name="sizes">The sizes.</param>
    public void Reserve(SummarySizes sizes)
    {
        _gram?.Reserve(sizes);
        _orthogonal?.Reserve(sizes);
        _factorizations.Reserve(sizes);
    }

    /// <summary>Sets the shared factor X. It is read, and must stay, until the last <see cref="Values"/> that refers to it.</summary>
    /// <param name="x">X, row-major, a row a token.</param>
    /// <param name="ldx">Elements from one row to the next.</param>
    /// <param name="n">Tokens.</param>
    /// <param name="inFeatures">Columns of X.</param>
    public void SetInput(T* x, int ldx, int n, int inFeatures)
    {
        _gram?.SetInput(x, ldx, n, inFeatures);
        _orthogonal?.SetInput(x, ldx, n, inFeatures);
    }

    /// <summary>The singular values of Δᵀ X, descending: min(tokens, in, out) of them; the others are zero. All NaN where a factor holds a value that is not finite.</summary>
    /// <param name="delta">Δ, row-major, a row a token.</param>
    /// <param name="ldd">Elements from one row to the next.</param>
    /// <param name="outFeatures">Columns of Δ.</param>
    /// <param name="singularValues">Where they go.</param>
    /// <returns>How many there are.</returns>
    public int Values(T* delta, int ldd, int outFeatures, Span<double> singularValues) =>
        _gram?.Values(delta, ldd, outFeatures, singularValues) ?? _orthogonal!.Values(delta, ldd, outFeatures, singularValues);

    /// <summary>Frees the workspaces.</summary>
    public void Dispose()
    {
        _gram?.Dispose();
        _orthogonal?.Dispose();
        _factorizations.Dispose();
    }
}
