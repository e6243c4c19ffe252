using System.Diagnostics;
using System.Globalization;
using LayerGrad.Bench.Headline;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Torch.Devices;
using LayerGrad.Torch.Loading;
using TorchSharp;

namespace LayerGrad.Bench;

/// <summary>
/// <c>torch [SHAPE [LAYERS [TOKENS [ROUNDS]]]]</c>: one pass over a window (forward, backward, statistics of attention's weights) on the processor's device and on libtorch's processor kernels
/// in float32 and bf16, in turns in one process so that other programs slow all alike; medians and their ratios.
/// </summary>
internal static class TorchTable
{
    private const int WindowTokens = 2048;

    private static readonly string[] s_names = ["cpu fp32", "torch fp32", "torch bf16"];

    /// <summary>Measures and prints.</summary>
    public static void Print(ReadOnlySpan<string> arguments)
    {
        LibTorch.Require();
        var name = arguments.Length > 0 ? arguments[0] : "qwen2";
        var shape = ModelShape.All[name].WithLayers(Number(arguments, 1, 4));
        var tokens = Number(arguments, 2, 400);
        var rounds = Number(arguments, 3, 5);
        var threads = Environment.ProcessorCount;
        var settings = new RunSettings(shape, tokens, Math.Max(1, tokens / 2), Math.Max(1, WindowTokens / tokens), threads, Check: false);
        TimedDevice<float>[] devices =
        [
            new(new CpuDevice<float>(threads)),
            new(new TorchDevice<float>(torch.CPU, Precision.Float32, threads)),
            new(new TorchDevice<float>(torch.CPU, Precision.BFloat16, threads)),
        ];
        var engines = Array.ConvertAll(devices, device => new MeasuredEngine(device, settings, new BFloat16Weights()));
        Console.WriteLine($"{MachineDescription.Text()}, {threads} threads, {devices[1].Description}; {shape.Title}, {settings.Batch} x {tokens} tokens");
        var seconds = Array.ConvertAll(engines, _ => new List<double>());
        var processor = Array.ConvertAll(engines, _ => new List<double>());
        var losses = Array.ConvertAll(engines, engine => engine.Pass()[0]);
        foreach (var device in devices)
            device.Reset();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < engines.Length; i++)
            {
                var before = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                _ = engines[i].Pass();
                seconds[i].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                processor[i].Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
            }
        }

        var (medians, processors) = (seconds.Select(Median).ToArray(), processor.Select(Median).ToArray());
        Console.WriteLine();
        Console.WriteLine("| device | milliseconds a pass, median (least) | ÷ cpu fp32 | least ÷ least | processor time ÷ cpu fp32 | loss of the first example |");
        Console.WriteLine("|---|---|---|---|---|---|");
        for (var i = 0; i < engines.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {s_names[i]} | {medians[i] * 1000:0} ({seconds[i].Min() * 1000:0}) | **{medians[i] / medians[0]:0.00}** | {seconds[i].Min() / seconds[0].Min():0.00} | {processors[i] / processors[0]:0.00} | {losses[i]:0.00000} |"));
        Console.WriteLine();
        for (var i = 0; i < engines.Length; i++)
            Console.WriteLine($"{s_names[i]}: {string.Join(", ", devices[i].Seconds.OrderByDescending(phase => phase.Value).Select(phase => string.Create(CultureInfo.InvariantCulture, $"{phase.Key} {phase.Value / rounds * 1000:0} ms")))}");
        foreach (var engine in engines)
            engine.Dispose();
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static int Number(ReadOnlySpan<string> arguments, int place, int otherwise) =>
        arguments.Length > place ? int.Parse(arguments[place], CultureInfo.InvariantCulture) : otherwise;
}
