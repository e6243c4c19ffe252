using LayerGrad;
using LayerGrad.Bench.Gpu;
using LayerGrad.Torch;

TorchDevices.Register();
try
{
    var options = GpuOptions.Parse(args);
    switch (options.Command)
    {
        case "prepare":
            TinyCheckpoints.Write(options.Folder);
            return 0;
        case "parity":
            return ParityTable.Print(options) ? 0 : 1;
        case "speed":
            return SpeedTable.Print(options) ? 0 : 1;
        case "original":
            return OriginalTable.Print(options) ? 0 : 1;
        default:
            Console.Error.WriteLine(GpuOptions.Usage);
            return 2;
    }
}
catch (Exception error) when (error is InputException or InsufficientMemoryException)
{
    Console.Error.WriteLine($"gpu-bench: {error.Message}");
    return error is InputException ? 2 : 1;
}
