using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace LayerGrad.Compute;

/// <summary>
/// Where the names in <c>[LibraryImport]</c> lead. The runtime takes one resolver for the whole assembly; each native library registers its own way of being found here.
/// </summary>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, Func<nint>> s_finders = new(StringComparer.Ordinal);

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Registers how the library called <paramref name="name"/> in <c>[LibraryImport]</c> is found; a finder that returns zero leaves it to the runtime.</summary>
    public static void Register(string name, Func<nint> find) => s_finders[name] = find;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        s_finders.TryGetValue(name, out var find) ? find() : 0;
}
