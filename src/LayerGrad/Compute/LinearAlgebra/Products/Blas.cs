using System.Runtime.InteropServices;

namespace LayerGrad.Compute;

/// <summary>
/// The routines of BLAS and LAPACK that LayerGrad calls, by their Fortran symbols: column-major matrices, everything by address. The lengths of the character
/// arguments, which Fortran compilers pass hidden at the end, are given for LAPACK; the C implementations ignore them.
/// </summary>
internal static unsafe partial class Blas
{
    static Blas() => NativeLibraries.Register(BlasLibrary.Name, static () => BlasLibrary.Path);

    [LibraryImport(BlasLibrary.Name, EntryPoint = "sgemm_")]
    public static partial void Sgemm(byte* transA, byte* transB, int* m, int* n, int* k, float* alpha, float* a, int* lda, float* b, int* ldb, float* beta, float* c, int* ldc, nint lengthA, nint lengthB);

    [LibraryImport(BlasLibrary.Name, EntryPoint = "dgemm_")]
    public static partial void Dgemm(byte* transA, byte* transB, int* m, int* n, int* k, double* alpha, double* a, int* lda, double* b, int* ldb, double* beta, double* c, int* ldc, nint lengthA, nint lengthB);

    [LibraryImport(BlasLibrary.Name, EntryPoint = "ssyrk_")]
    public static partial void Ssyrk(byte* triangle, byte* trans, int* n, int* k, float* alpha, float* a, int* lda, float* beta, float* c, int* ldc, nint lengthTriangle, nint lengthTrans);

    [LibraryImport(BlasLibrary.Name, EntryPoint = "dsyrk_")]
    public static partial void Dsyrk(byte* triangle, byte* trans, int* n, int* k, double* alpha, double* a, int* lda, double* beta, double* c, int* ldc, nint lengthTriangle, nint lengthTrans);

    [LibraryImport(BlasLibrary.Name, EntryPoint = "dgeqrf_")]
    public static partial void Dgeqrf(int* m, int* n, double* a, int* lda, double* tau, double* work, int* lwork, int* info);

    [LibraryImport(BlasLibrary.Name, EntryPoint = "dgesdd_")]
    public static partial void Dgesdd(byte* job, int* m, int* n, double* a, int* lda, double* s, double* u, int* ldu, double* vt, int* ldvt, double* work, int* lwork, int* iwork, int* info, nint lengthJob);

    [LibraryImport(BlasLibrary.Name, EntryPoint = "dpotrf_")]
    public static partial void Dpotrf(byte* triangle, int* n, double* a, int* lda, int* info, nint lengthTriangle);
}
