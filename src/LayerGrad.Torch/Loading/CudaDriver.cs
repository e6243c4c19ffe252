using System.Runtime.InteropServices;
using System.Text;

namespace LayerGrad.Torch.Loading;

/// <summary>A GPU as NVIDIA's driver tells of it.</summary>
/// <param name="Index">Its number among those that the process may use.</param>
/// <param name="Name">Its name, such as <c>NVIDIA H100 80GB HBM3</c>.</param>
/// <param name="Memory">Its memory in bytes.</param>
/// <param name="Capability">Its compute capability, such as 9.0.</param>
internal sealed record CudaGpu(int Index, string Name, long Memory, Version Capability);

/// <summary>Asks NVIDIA's driver, which is there without any toolkit, for GPUs and their memory.</summary>
internal sealed class CudaDriver
{
    private const int NameLength = 256;
    private const int MajorAttribute = 75;
    private const int MinorAttribute = 76;

    private static readonly string[] s_signs = ["dev/nvidiactl", "dev/nvidia0", "proc/driver/nvidia/version", "dev/dxg"];

    private static readonly Lazy<CudaDriver?> s_driver = new(TryLoad);

    private readonly nint _library;

    private CudaDriver(nint library) => _library = library;

    private delegate int Initialize(uint flags);

    private delegate int Count(out int count);

    private delegate int Get(out int device, int index);

    private delegate int Name([Out] byte[] name, int length, int device);

    private delegate int Total(out nuint bytes, int device);

    private delegate int Attribute(out int value, int attribute, int device);

    private delegate int Retain(out nint context, int device);

    private delegate int Push(nint context);

    private delegate int Pop(out nint context);

    private delegate int Free(out nuint free, out nuint total);

    /// <summary>The driver; null where there is none, or no GPU that it could drive.</summary>
    public static CudaDriver? Instance => s_driver.Value;

    /// <summary>Whether there may be a GPU, by a look at a few files; that costs nothing.</summary>
    /// <param name="root">The root of the file system.</param>
    public static bool MayHaveGpu(string root = "/") =>
        OperatingSystem.IsWindows() ? File.Exists(Path.Combine(Environment.SystemDirectory, "nvcuda.dll")) : Array.Exists(s_signs, sign => File.Exists(Path.Combine(root, sign)));

    /// <summary>The newest version of CUDA that the driver runs, such as 13.0.</summary>
    public Version CudaVersion
    {
        get
        {
            Check(Function<Count>("cuDriverGetVersion")(out var version), "cuDriverGetVersion");
            return new Version(version / 1000, version % 1000 / 10);
        }
    }

    /// <summary>All GPUs that the process may use.</summary>
    public IReadOnlyList<CudaGpu> Gpus()
    {
        Check(Function<Count>("cuDeviceGetCount")(out var count), "cuDeviceGetCount");
        return [.. Enumerable.Range(0, count).Select(Describe)];
    }

    /// <summary>The bytes of a GPU's memory that are free now.</summary>
    /// <param name="index">Its number.</param>
    public long FreeMemory(int index)
    {
        // The context is the one that libtorch will use, so that what it takes is counted already.
        Check(Function<Retain>("cuDevicePrimaryCtxRetain")(out var context, Device(index)), "cuDevicePrimaryCtxRetain");
        Check(Function<Push>("cuCtxPushCurrent_v2")(context), "cuCtxPushCurrent");
        try
        {
            Check(Function<Free>("cuMemGetInfo_v2")(out var free, out _), "cuMemGetInfo");
            return (long)free;
        }
        finally
        {
            Check(Function<Pop>("cuCtxPopCurrent_v2")(out _), "cuCtxPopCurrent");
        }
    }

    private static CudaDriver? TryLoad()
    {
        if (!MayHaveGpu() || !NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var library))
            return null;
        var driver = new CudaDriver(library);
        return driver.Function<Initialize>("cuInit")(0) == 0 && driver.Function<Count>("cuDeviceGetCount")(out var count) == 0 && count > 0 ? driver : null;
    }

    private static void Check(int status, string function)
    {
        if (status != 0)
            throw new InputException($"NVIDIA's driver refuses {function} with status {status}; see whether nvidia-smi works, and 'layergrad doctor'.");
    }

    private CudaGpu Describe(int index)
    {
        var device = Device(index);
        var name = new byte[NameLength];
        Check(Function<Name>("cuDeviceGetName")(name, name.Length, device), "cuDeviceGetName");
        Check(Function<Total>("cuDeviceTotalMem_v2")(out var bytes, device), "cuDeviceTotalMem");
        var attribute = Function<Attribute>("cuDeviceGetAttribute");
        Check(attribute(out var major, MajorAttribute, device), "cuDeviceGetAttribute");
        Check(attribute(out var minor, MinorAttribute, device), "cuDeviceGetAttribute");
        return new CudaGpu(index, Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(0, Array.IndexOf(name, (byte)0)))), (long)bytes, new Version(major, minor));
    }

    private int Device(int index)
    {
        Check(Function<Get>("cuDeviceGet")(out var device, index), "cuDeviceGet");
        return device;
    }

    private T Function<T>(string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library, name));
}
