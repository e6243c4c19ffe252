using System.Collections.Concurrent;
using System.Diagnostics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Hostile;

/// <summary>The commands of <see cref="HostileInputsTests"/> as processes that are watched from outside: 10 s of the processor, 1 GiB of memory.</summary>
public sealed class HostileProcessTests
{
    private const long MostMemory = 1L << 30;

    [WholeExtentFact]
    public void Every_hostile_input_stays_within_ten_seconds_and_a_gibibyte()
    {
        if (!Shared.Exists)
            return; // the reason is told by HostileInputsTests, which is skipped with it
        using var commands = new HostileCommands();
        var failures = new ConcurrentBag<string>();
        Parallel.ForEach(commands.All, new ParallelOptions { MaxDegreeOfParallelism = 2 }, command =>
        {
            if (Fault(command) is { } fault)
                failures.Add($"{command}: {fault}");
        });
        failures.ShouldBeEmpty(string.Join('\n', failures));
    }

    private static string? Fault(HostileCommand command)
    {
        using var process = Layergrad.Start(command.Arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        while (!process.WaitForExit(20))
        {
            process.Refresh();
            if (Excess(process) is not { } excess)
                continue;
            process.Kill();
            return excess;
        }

        process.WaitForExit();
        return command.Fault(HostileCommands.IsAnswered(command), process.ExitCode, output.Result, errors.Result) is { } fault ? $"{fault}: {errors.Result.Trim()}" : null;
    }

    private static string? Excess(Process process)
    {
        try
        {
            return process.TotalProcessorTime > HostileInputsTests.Longest ? "takes more than 10 s" : process.WorkingSet64 > MostMemory ? "takes more than 1 GiB" : null;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null; // it has just ended, before or while it was asked
        }
    }
}
