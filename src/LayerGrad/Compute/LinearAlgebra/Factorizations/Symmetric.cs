namespace LayerGrad.Compute;

/// <summary>Helpers for symmetric matrices of which one triangle was computed.</summary>
internal static unsafe class Symmetric
{
    private const int Tile = 32;

    /// <summary>Copies the triangle below the diagonal of a row-major matrix to above it.</summary>
    public static void MirrorLower<T>(int n, T* a, int lda)
        where T : unmanaged
    {
        for (var i0 = 0; i0 < n; i0 += Tile)
        {
            for (var j0 = 0; j0 <= i0; j0 += Tile)
            {
                var rows = Math.Min(n, i0 + Tile);
                for (var i = i0; i < rows; i++)
                {
                    var columns = Math.Min(i, j0 + Tile);
                    for (var j = j0; j < columns; j++)
                        a[((long)j * lda) + i] = a[((long)i * lda) + j];
                }
            }
        }
    }
}
