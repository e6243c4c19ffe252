using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>
/// Routes to the singular values of a gradient from its factors: time in one thread, and the error of the nuclear norm against the route by orthogonal factors in double precision.
/// The factors decay as those of a language model do: token inputs share a mean direction, gradients fall off over three orders of magnitude.
/// </summary>
internal static unsafe class SpectraTable
{
    private static readonly int[] s_tokens = [20, 80, 150, 400, 1000];
    private static readonly (int Out, int In)[] s_shapes = [(576, 576), (192, 576), (1536, 1536), (256, 1536), (4096, 4096), (1024, 4096)];

    /// <summary>Prints the table in Markdown; the arguments, if any, are the numbers of tokens.</summary>
    public static void Print(ReadOnlySpan<string> args)
    {
        var tokens = args.Length > 0 ? Array.ConvertAll(args.ToArray(), text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)) : s_tokens;
        Console.WriteLine($"{BlasLibrary.Description}; milliseconds of processor time for one weight, relative error of the nuclear norm");
        Console.WriteLine();
        Console.WriteLine("| tokens | out × in | Gram, own eigenvalues | Gram, dsytrd + dsterf | Gram, two stages | QR + SVD float32 | Newton-Schulz float32 | QR + SVD float64 | managed Gram | managed float64 | max and min |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (outFeatures, inFeatures) in s_shapes)
        {
            foreach (var n in tokens)
                Row(n, outFeatures, inFeatures);
        }
    }

    private static void Row(int n, int outFeatures, int inFeatures)
    {
        var (x, delta) = (Inputs(n, inFeatures), Deltas(n, outFeatures));
        var count = Math.Min(n, Math.Min(outFeatures, inFeatures));
        var reference = new double[count];
        var exact = Measure(SpectrumRoute.Orthogonal, new LapackFactorizations(new MemoryCounter()), x, delta, n, outFeatures, inFeatures, reference);
        var nuclear = reference.Sum();
        var cells = new List<string>();
        foreach (var factorizations in (IFactorizations[])[new LapackFactorizations(new MemoryCounter()), new OtherEigenvalues(twoStages: false), new OtherEigenvalues(twoStages: true)])
            cells.Add(Cell(values => Measure(SpectrumRoute.Gram, factorizations, x, delta, n, outFeatures, inFeatures, values)));
        using (var single = new SinglePrecision(x, delta, n, outFeatures, inFeatures))
        {
            cells.Add(Cell(values => Timing.Milliseconds(() => single.SingularValues(values))));
            var approximate = 0.0;
            var time = Timing.Milliseconds(() => approximate = single.NuclearNormByIteration());
            cells.Add($"{time:F2} ({Math.Abs(approximate - nuclear) / nuclear:0e0})");
        }

        cells.Add($"{exact:F2}");
        cells.Add(Cell(values => Measure(SpectrumRoute.Gram, new ManagedFactorizations(new MemoryCounter()), x, delta, n, outFeatures, inFeatures, values)));
        cells.Add(Cell(values => Measure(SpectrumRoute.Orthogonal, new ManagedFactorizations(new MemoryCounter()), x, delta, n, outFeatures, inFeatures, values)));
        using var extremes = new GradientExtremes<float>(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()));
        fixed (float* px = x, pd = delta)
        {
            var (inputs, deltas) = ((nint)px, (nint)pd);
            cells.Add($"{Timing.Milliseconds(() => extremes.Compute((float*)deltas, outFeatures, outFeatures, (float*)inputs, inFeatures, inFeatures, n, out _, out _)):F2}");
        }

        Console.WriteLine($"| {n} | {outFeatures} × {inFeatures} | {string.Join(" | ", cells)} |");

        string Cell(Func<double[], double> measure)
        {
            var values = new double[count];
            var time = measure(values);
            return $"{time:F2} ({Math.Abs(values.Sum() - nuclear) / nuclear:0e0})";
        }
    }

    /// <summary>The time of SetInput and Values together: an input that serves one weight.</summary>
    private static double Measure(SpectrumRoute route, IFactorizations factorizations, float[] x, float[] delta, int n, int outFeatures, int inFeatures, double[] values)
    {
        using var spectrum = new FactorSpectrum<float>(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()), route, factorizations);
        fixed (float* px = x, pd = delta)
        {
            var (inputs, deltas) = ((nint)px, (nint)pd);
            return Timing.Milliseconds(() =>
            {
                spectrum.SetInput((float*)inputs, inFeatures, n, inFeatures);
                spectrum.Values((float*)deltas, outFeatures, outFeatures, values);
            });
        }
    }

    private static float[] Inputs(int n, int features)
    {
        var values = Timing.Normal(n, n * features);
        var mean = Timing.Normal(7, features);
        for (var i = 0; i < values.Length; i++)
            values[i] += 2 * mean[i % features];
        return values;
    }

    private static float[] Deltas(int n, int features)
    {
        var values = Timing.Normal(n + 1, n * features);
        for (var i = 0; i < values.Length; i++)
            values[i] *= (float)(1e-3 * Math.Pow(10, -3.0 * (i / features) / n) * Math.Pow(10, -1.5 * (i % features) / features));
        return values;
    }
}
