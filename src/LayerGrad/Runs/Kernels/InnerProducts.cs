namespace LayerGrad.Runs.Kernels;

/// <summary>Reads the matrices of a kernel as what they must be for statistics: inner products of one set of gradients with itself.</summary>
internal static class InnerProducts
{
    /// <summary>How far two halves of a symmetric matrix may lie apart, relative to the two diagonal cells: a kernel in float32 does.</summary>
    private const double Asymmetry = 1e-5;

    /// <summary>Checks what can be told without the numbers.</summary>
    /// <param name="file">The kernel.</param>
    /// <param name="axes">Its axes.</param>
    /// <param name="purpose">What takes it, for the message.</param>
    /// <exception cref="InputException">It holds cosines, or is not square.</exception>
    public static void Require(KernelFile file, KernelAxes axes, string purpose)
    {
        if (axes.Cosines)
            throw new InputException($"{file.Path}: holds cosines, which have no size; write it without --normalize");
        if (file.Rows != file.Columns)
            throw new InputException($"{file.Path}: is {file.Rows} x {file.Columns}; {purpose} takes a square kernel, as layergrad kernel writes it");
    }

    /// <summary>Reads a matrix.</summary>
    /// <param name="file">The kernel.</param>
    /// <param name="axes">Its axes.</param>
    /// <param name="matrix">Which one.</param>
    /// <returns>Examples x examples, row-major, symmetric within what the element type of the file allows.</returns>
    /// <exception cref="InputException">A cell is not finite, or the matrix is not symmetric.</exception>
    public static double[] Read(KernelFile file, KernelAxes axes, int matrix)
    {
        var kernel = file.ReadMatrix(matrix);
        var size = file.Rows;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var (lower, upper) = (kernel[(i * size) + j], kernel[(j * size) + i]);
                if (!double.IsFinite(lower) || !double.IsFinite(upper))
                    throw new InputException($"{file.Path}: {axes.Names[matrix]}: examples {i} and {j} have a product that is not finite; leave such examples out and write the kernel again");
                var scale = Math.Sqrt(Math.Abs(kernel[(i * size) + i] * kernel[(j * size) + j]));
                if (Math.Abs(lower - upper) > Asymmetry * scale)
                    throw new InputException($"{file.Path}: {axes.Names[matrix]}: is not symmetric at examples {i} and {j}, so it holds no inner products");
            }
        }

        return kernel;
    }
}
