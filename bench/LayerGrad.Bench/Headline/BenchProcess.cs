using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LayerGrad.Bench.Headline;

/// <summary>Runs one measurement in a process of its own and reads the line of JSON it prints.</summary>
internal static class BenchProcess
{
    /// <summary>This program with other arguments.</summary>
    public static JsonNode Self(IEnumerable<string> arguments, bool managed = false) =>
        Run("dotnet", [typeof(BenchProcess).Assembly.Location, .. arguments], managed);

    /// <summary>The PyTorch baselines.</summary>
    public static JsonNode Baseline(string script, IEnumerable<string> arguments) => Run("/usr/bin/python3", [script, .. arguments], managed: false);

    private static JsonNode Run(string program, IEnumerable<string> arguments, bool managed)
    {
        var information = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        if (managed)
            information.Environment["LAYERGRAD_BLAS"] = "managed";
        using var process = Process.Start(information)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', information.ArgumentList)} ended with {process.ExitCode}");
        var answer = JsonNode.Parse(output.Trim().Split('\n')[^1])!;
        if (answer["losses"]!.AsArray().Any(loss => !double.IsFinite(loss!.GetValue<double>())))
            throw new InvalidOperationException($"{program} {string.Join(' ', information.ArgumentList)}: a loss is not finite");
        return answer;
    }
}
