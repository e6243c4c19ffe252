using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace LayerGrad.Compute;

/// <summary>
/// Where the names in <c>[LibraryImport]</c> lead. The runtime takes one resolver for the whole assembly; each native library registers its own way of being found here.
/// </summary>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, Func<string?>> s_finders = new(StringComparer.Ordinal);

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Registers where the library called <paramref name="name"/> in <c>[LibraryImport]</c> is; a finder that returns null leaves it to the runtime.</summary>
    public static void Register(string name, Func<string?> find) => s_finders[name] = find;

    /// <remarks>
    /// Every call loads the library anew, which counts one reference more. Where two threads ask at a time, NativeAOT's runtime keeps the handle of one and frees that of the other;
    /// one handle given to both would then be freed under whoever computes with it.
    /// </remarks>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        s_finders.TryGetValue(name, out var find) && find() is { } file ? NativeLibrary.Load(file) : 0;
}
