using System.Runtime.InteropServices;

namespace LayerGrad.Compute.Native;

/// <summary>Asks the operating system to hold large memory in large pages.</summary>
/// <remarks>
/// Memory of a model's size is hundreds of thousands of pages of 4 KiB, each of which the processor stops for when it is first
/// written, and few of which its translation cache holds afterwards. Most Linux systems give pages of 2 MiB only where a program
/// asks (<c>/sys/kernel/mm/transparent_hugepage/enabled</c> says <c>madvise</c>).
/// </remarks>
internal static partial class MemoryAdvice
{
    /// <summary>The bytes of a large page, to which memory that is to be held in them is aligned.</summary>
    public const int LargePage = 2 << 20;

    private const int HugePage = 14; // MADV_HUGEPAGE, the same number on every Linux architecture we run on

    /// <summary>Whether memory of so many bytes gains by large pages: of less, the last page would be mostly waste.</summary>
    /// <param name="bytes">Its bytes.</param>
    public static bool IsLarge(long bytes) => bytes >= 2L * LargePage && OperatingSystem.IsLinux();

    /// <summary>Asks for large pages for the whole ones in a range. It is a hint: a system without them refuses, and its small pages serve as well.</summary>
    /// <param name="start">Its first byte, aligned to <see cref="LargePage"/>.</param>
    /// <param name="bytes">Its bytes.</param>
    public static unsafe void UseLargePages(void* start, long bytes) => _ = Madvise(start, (nuint)(bytes / LargePage * LargePage), HugePage);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static unsafe partial int Madvise(void* start, nuint bytes, int advice);
}
