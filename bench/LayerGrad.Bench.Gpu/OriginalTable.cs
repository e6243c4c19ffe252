using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using LayerGrad.Bench.Headline;
using LayerGrad.Compute;

namespace LayerGrad.Bench.Gpu;

/// <summary>The original script's loop on the same device, timed on few layers and scaled by depth, beside ours.</summary>
internal static class OriginalTable
{
    private const int Examples = 20;
    private const int Tokens = 400;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Prints a line for the original, and one for each of our precisions with the ratio.</summary>
    /// <returns>Whether both were run.</returns>
    public static bool Print(GpuOptions options)
    {
        var shape = SpeedTable.Shape(options);
        var (examples, tokens) = options.Small ? (4, 32) : (Examples, Tokens);
        var answer = Original(options, shape, tokens);
        var seconds = answer["seconds_an_example"]!.GetValue<double>();
        new ResultFile(options, ResultFile.Describe(options, Precision.Float32)).Add(answer);
        foreach (var precision in (Precision[])[Precision.BFloat16, Precision.Float32])
        {
            using var run = new SpeedRun(shape, new DeviceOptions(options.Device, Memory: options.Memory, Precision: precision), examples, tokens);
            var ours = run.WithSpectra() / examples;
            new ResultFile(options, run.Device).Add(new JsonObject
            {
                ["what"] = "ours",
                ["shape"] = shape.Title,
                ["precision"] = precision.NameOf(),
                ["window"] = $"{examples}x{tokens}",
                ["seconds_an_example"] = ResultFile.Rounded(ours),
                ["original_over_ours"] = ResultFile.Rounded(seconds / ours),
                ["layers_resident"] = run.Plan.ResidentLayers,
            });
        }

        return true;
    }

    private static JsonObject Original(GpuOptions options, ModelShape shape, int tokens)
    {
        var device = options.Device == "torch" ? "cpu" : options.Device;
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "original.py"), "--config", shape.Config.ToJsonString(), "--depth", shape.Layers.ToString(CultureInfo.InvariantCulture),
            "--tokens", tokens.ToString(CultureInfo.InvariantCulture), "--device", device,
        ];
        var start = new ProcessStartInfo(options.Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(s_patience))
            {
                process.Kill(entireProcessTree: true);
                throw new InputException($"{options.Python} original.py: not done after {s_patience.TotalMinutes} minutes");
            }

            Task.WaitAll(errors, output);
            var last = (process.ExitCode == 0 ? output.Result : errors.Result).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it said nothing";
            return process.ExitCode == 0
                ? JsonNode.Parse(last)!.AsObject()
                : throw new InputException($"{options.Python} original.py: {last}; it needs torch and transformers");
        }
        catch (Win32Exception error)
        {
            throw new InputException($"{options.Python}: cannot be started: {error.Message}; name another with --python", error);
        }
    }
}
