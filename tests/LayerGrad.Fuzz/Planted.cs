using LayerGrad.Fuzz.Targets;
using LayerGrad.Fuzz.Workers;

namespace LayerGrad.Fuzz;

/// <summary>The fuzzer's own test: faults of each kind, planted in a target that nothing else runs, must each be found, and the worker must go on after each.</summary>
internal static class Planted
{
    /// <summary>Tries each fault with a sound input after it and says what was found, a line each.</summary>
    public static int Report(TextWriter report)
    {
        using var patient = new WorkerProcess(PlantedTarget.TargetName, Limits.Promised);
        using var impatient = new WorkerProcess(PlantedTarget.TargetName, Limits.Promised with { Time = TimeSpan.FromSeconds(2) });
        foreach (var fault in PlantedTarget.Faults)
        {
            var worker = fault == "hang" ? impatient : patient;
            var found = worker.Try(System.Text.Encoding.UTF8.GetBytes(fault));
            var after = worker.Try("sound"u8.ToArray());
            report.WriteLine($"{fault}: {found.Outcome}: {found.Text.Split('\n').First(static line => line.Length > 0)} | {found.Text.Split('\n').ElementAtOrDefault(1)} | then {after.Outcome}");
        }

        return 0;
    }
}
