using System.Runtime.InteropServices;
using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>Routines of LAPACK that LayerGrad was measured against and does not use.</summary>
internal static unsafe class Lapack
{
    private static readonly delegate* unmanaged<byte*, int*, double*, int*, double*, double*, double*, double*, int*, int*, nint, void> s_dsytrd =
        (delegate* unmanaged<byte*, int*, double*, int*, double*, double*, double*, double*, int*, int*, nint, void>)Routine("dsytrd_");

    private static readonly delegate* unmanaged<byte*, byte*, int*, double*, int*, double*, double*, double*, double*, int*, double*, int*, int*, nint, nint, void> s_dsytrd2 =
        (delegate* unmanaged<byte*, byte*, int*, double*, int*, double*, double*, double*, double*, int*, double*, int*, int*, nint, nint, void>)Routine("dsytrd_2stage_");

    private static readonly delegate* unmanaged<int*, double*, double*, int*, void> s_dsterf = (delegate* unmanaged<int*, double*, double*, int*, void>)Routine("dsterf_");

    private static readonly delegate* unmanaged<int*, int*, float*, int*, float*, float*, int*, int*, void> s_sgeqrf =
        (delegate* unmanaged<int*, int*, float*, int*, float*, float*, int*, int*, void>)Routine("sgeqrf_");

    private static readonly delegate* unmanaged<byte*, int*, int*, float*, int*, float*, float*, int*, float*, int*, float*, int*, int*, int*, nint, void> s_sgesdd =
        (delegate* unmanaged<byte*, int*, int*, float*, int*, float*, float*, int*, float*, int*, float*, int*, int*, int*, nint, void>)Routine("sgesdd_");

    /// <summary>Reduces a symmetric matrix, of which the lower triangle (row-major) is read, to tridiagonal form.</summary>
    public static void Tridiagonalize(int n, double* a, double* d, double* e, NativeBuffer<double> work)
    {
        var triangle = (byte)'U';
        int size = 64 * n, info;
        var memory = work.Reserve(65L * n);
        s_dsytrd(&triangle, &n, a, &n, d, e, memory, memory + n, &size, &info, 1);
        Check(info);
    }

    /// <summary>The same in two stages, by way of a band matrix.</summary>
    public static void TridiagonalizeInTwoStages(int n, double* a, double* d, double* e, NativeBuffer<double> work)
    {
        var (job, triangle) = ((byte)'N', (byte)'U');
        int query = -1, info;
        double houseSize, workSize, tau;
        s_dsytrd2(&job, &triangle, &n, a, &n, d, e, &tau, &houseSize, &query, &workSize, &query, &info, 1, 1);
        int house = (int)houseSize, size = (int)workSize;
        var memory = work.Reserve(n + (long)house + size);
        s_dsytrd2(&job, &triangle, &n, a, &n, d, e, memory, memory + n, &house, memory + n + house, &size, &info, 1, 1);
        Check(info);
    }

    /// <summary>The eigenvalues of a tridiagonal matrix.</summary>
    public static void TridiagonalEigenvalues(int n, double* d, double* e)
    {
        int info;
        s_dsterf(&n, d, e, &info);
        Check(info);
    }

    /// <summary>A = L Qᵀ of a row-major matrix, in float.</summary>
    public static void LowerFactor(int rows, int columns, float* a, NativeBuffer<float> work)
    {
        int size = 64 * rows, info;
        var memory = work.Reserve(65L * rows);
        s_sgeqrf(&columns, &rows, a, &columns, memory, memory + rows, &size, &info);
        Check(info);
    }

    /// <summary>Singular values in float.</summary>
    public static void SingularValues(int rows, int columns, float* a, float* values, NativeBuffer<float> work)
    {
        var job = (byte)'N';
        int size = -1, info, one = 1;
        float wanted, unused;
        var integers = stackalloc int[8 * Math.Min(rows, columns)];
        s_sgesdd(&job, &columns, &rows, a, &columns, values, &unused, &one, &unused, &one, &wanted, &size, integers, &info, 1);
        size = (int)wanted;
        s_sgesdd(&job, &columns, &rows, a, &columns, values, &unused, &one, &unused, &one, work.Reserve(size), &size, integers, &info, 1);
        Check(info);
    }

    private static nint Routine(string name) => NativeLibrary.GetExport(NativeLibrary.Load(BlasLibrary.Path!), name);

    private static void Check(int info)
    {
        if (info != 0)
            throw new ArithmeticException($"LAPACK returned {info}");
    }
}
