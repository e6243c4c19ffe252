namespace LayerGrad.Compute;

/// <summary>
/// How many elements each buffer of one thread's statistics of gradients needs at most, from sizes alone, so that memory can be planned before there is any: the lengths follow the routes of
/// <see cref="GramSpectrum{T}"/> for float32 and <see cref="OrthogonalSpectrum{T}"/> for float64, for the tokens that are given and any smaller number of them.
/// </summary>
internal readonly record struct SummarySizes
{
    /// <summary>What LAPACK takes for a row or a column of a factor: its blocks have 32 or 64 of them.</summary>
    private const int WorkPerLine = 64;

    /// <summary>The bytes of an element of the factors: 4 or 8.</summary>
    public int ElementBytes { get; private init; }

    /// <summary>Columns of a factor, widened a few at a time.</summary>
    public long Chunk { get; private init; }

    /// <summary>The inner products of X's rows; as many for their triangular factor and for those of Δ.</summary>
    public long Gram { get; private init; }

    /// <summary>The matrix whose eigenvalues are taken.</summary>
    public long Symmetric { get; private init; }

    /// <summary>A product in double precision on the way to it.</summary>
    public long Wide { get; private init; }

    /// <summary>The lengths of X's rows and their reciprocals; as many integers for the order of the rows.</summary>
    public long Lengths { get; private init; }

    /// <summary>The eigenvalues.</summary>
    public long Eigenvalues { get; private init; }

    /// <summary>A gradient that is formed, in the factors' own type.</summary>
    public long Formed { get; private init; }

    /// <summary>X in double precision.</summary>
    public long Input { get; private init; }

    /// <summary>Δ in double precision.</summary>
    public long Delta { get; private init; }

    /// <summary>The product of both triangular factors.</summary>
    public long Core { get; private init; }

    /// <summary>What factorizations hold in vectors.</summary>
    public long Vectors { get; private init; }

    /// <summary>What factorizations hold in blocks of vectors.</summary>
    public long Work { get; private init; }

    /// <summary>What LAPACK holds in integers; the managed factorizations need none.</summary>
    public long Integers { get; private init; }

    /// <summary>A tile of a gradient beside both factors, in the factors' own type.</summary>
    public long Tile { get; private init; }

    /// <summary>The columns of X, whose lengths bound the elements of the gradient.</summary>
    public long InputColumns { get; private init; }

    /// <summary>The columns of Δ.</summary>
    public long DeltaColumns { get; private init; }

    /// <summary>The bytes of all buffers together.</summary>
    public long Bytes =>
        (sizeof(double) * (Chunk + (3 * Gram) + Symmetric + Wide + Lengths + Eigenvalues + Input + Delta + Core + Vectors + Work + (3 * (InputColumns + DeltaColumns))))
        + (sizeof(int) * (Lengths + Integers + InputColumns + DeltaColumns)) + (ElementBytes * (Formed + Tile));

    /// <summary>What gradients of one weight need.</summary>
    /// <param name="elementBytes">4 for float32, 8 for float64.</param>
    /// <param name="tokens">The most tokens of an example.</param>
    /// <param name="inputs">Columns of X.</param>
    /// <param name="outputs">Columns of Δ.</param>
    public static SummarySizes Of(int elementBytes, int tokens, int inputs, int outputs)
    {
        // GramSpectrum forms G where X has more rows than columns, and its extremes are then those of what was formed.
        var gram = elementBytes == sizeof(float);
        long rows = gram ? Math.Min(tokens, inputs) : tokens;
        var sizes = new SummarySizes
        {
            ElementBytes = elementBytes,
            Tile = GradientExtremes<float>.TileElements + (rows * ((long)inputs + outputs)),
            InputColumns = inputs,
            DeltaColumns = outputs,
        };
        return gram ? sizes.ByInnerProducts(rows, inputs, outputs, formed: tokens > inputs) : sizes.ByOrthogonalFactors(rows, inputs, outputs);
    }

    /// <summary>What is enough for either of two.</summary>
    public static SummarySizes Max(SummarySizes a, SummarySizes b) => new()
    {
        ElementBytes = Math.Max(a.ElementBytes, b.ElementBytes),
        Chunk = Math.Max(a.Chunk, b.Chunk),
        Gram = Math.Max(a.Gram, b.Gram),
        Symmetric = Math.Max(a.Symmetric, b.Symmetric),
        Wide = Math.Max(a.Wide, b.Wide),
        Lengths = Math.Max(a.Lengths, b.Lengths),
        Eigenvalues = Math.Max(a.Eigenvalues, b.Eigenvalues),
        Formed = Math.Max(a.Formed, b.Formed),
        Input = Math.Max(a.Input, b.Input),
        Delta = Math.Max(a.Delta, b.Delta),
        Core = Math.Max(a.Core, b.Core),
        Vectors = Math.Max(a.Vectors, b.Vectors),
        Work = Math.Max(a.Work, b.Work),
        Integers = Math.Max(a.Integers, b.Integers),
        Tile = Math.Max(a.Tile, b.Tile),
        InputColumns = Math.Max(a.InputColumns, b.InputColumns),
        DeltaColumns = Math.Max(a.DeltaColumns, b.DeltaColumns),
    };

    private SummarySizes ByInnerProducts(long rows, long inputs, long outputs, bool formed)
    {
        var whole = formed ? inputs * outputs : 0;
        var order = formed ? Math.Min(inputs, outputs) : Math.Min(rows, outputs);
        return this with
        {
            Chunk = rows * GramMatrix.Chunk,
            Gram = rows * rows,
            Symmetric = order * order,
            Wide = Math.Max(inputs, Math.Max(rows * Math.Min(rows, outputs), whole)),
            Lengths = 2 * rows,
            Eigenvalues = order,
            Formed = whole,
            Vectors = 4 * order,
        };
    }

    private SummarySizes ByOrthogonalFactors(long rows, long inputs, long outputs)
    {
        var (left, right) = (Math.Min(rows, outputs), Math.Min(rows, inputs));
        return this with
        {
            Input = rows * inputs,
            Delta = rows * outputs,
            Core = left * right,
            Vectors = (6 * Math.Min(left, right)) + Math.Max(rows, Math.Max(left, right)),
            Work = WorkPerLine * (rows + Math.Max(inputs, outputs)),
            Integers = BlasLibrary.Available ? 8 * Math.Min(left, right) : 0,
        };
    }
}
