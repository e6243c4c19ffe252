using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LayerGrad.Bench.Headline;

/// <summary>One side of a comparison, in a process of its own that measures once whenever it is asked (<see cref="Rounds"/>).</summary>
internal sealed class BenchSide : IDisposable
{
    private readonly Process _process;
    private readonly string _command;

    private BenchSide(ProcessStartInfo information)
    {
        _command = string.Join(' ', information.ArgumentList);
        information.RedirectStandardInput = true;
        information.RedirectStandardOutput = true;
        information.UseShellExecute = false;
        _process = Process.Start(information)!;
        About = ReadLine();
    }

    /// <summary>What it says of itself.</summary>
    public JsonNode About { get; }

    /// <summary>Starts a side and waits until it is ready.</summary>
    /// <param name="cores">The processors that it may use.</param>
    /// <param name="program">An assembly.</param>
    /// <param name="arguments">What it is told.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    public static BenchSide Start(ProcessorCores cores, string program, IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var information = new ProcessStartInfo("taskset", ["-c", cores.List, "dotnet", program, .. arguments]);
        foreach (var (name, value) in environment)
            information.Environment[name] = value;
        return new BenchSide(information);
    }

    /// <summary>Measures once.</summary>
    public JsonNode Round()
    {
        _process.StandardInput.WriteLine("round");
        _process.StandardInput.Flush();
        var answer = ReadLine();
        if (answer["losses"]!.AsArray().Any(loss => !double.IsFinite(loss!.GetValue<double>())))
            throw new InvalidOperationException($"{_command}: a loss is not finite");
        return answer;
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private JsonNode ReadLine()
    {
        if (_process.StandardOutput.ReadLine() is { } line)
            return JsonNode.Parse(line)!;
        _process.WaitForExit();
        throw new InvalidOperationException($"{_command} ended with {_process.ExitCode}");
    }
}
