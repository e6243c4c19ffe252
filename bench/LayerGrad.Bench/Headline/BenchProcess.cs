using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LayerGrad.Bench.Headline;

/// <summary>Runs one measurement in a process of its own and reads the line of JSON it prints.</summary>
internal static class BenchProcess
{
    /// <summary>This program with other arguments.</summary>
    public static JsonNode Self(IEnumerable<string> arguments)
    {
        var information = new ProcessStartInfo("dotnet", [typeof(BenchProcess).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(information)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', information.ArgumentList)} ended with {process.ExitCode}");
        var answer = JsonNode.Parse(output.Trim().Split('\n')[^1])!;
        if (answer["losses"]!.AsArray().Any(loss => !double.IsFinite(loss!.GetValue<double>())))
            throw new InvalidOperationException($"{string.Join(' ', information.ArgumentList)}: a loss is not finite");
        return answer;
    }
}
