using LayerGrad.Compute;

namespace LayerGrad.Measuring.Inspection;

/// <summary>A command, and what it is for.</summary>
/// <param name="Command">The command, to be given as it stands.</param>
/// <param name="Purpose">What it does.</param>
internal sealed record NextStep(string Command, string Purpose);

/// <summary>What to do next on a machine, by what <see cref="SystemReport"/> found.</summary>
internal static class NextSteps
{
    /// <summary>Bytes that a parameter takes in fp32, with the activations and the gradients' factors of a window.</summary>
    private const double BytesOfParameter = 6;

    /// <summary>Models on the hub that need no login, by their parameters in thousands of millions, the smallest first.</summary>
    private static readonly (double Billions, string Name)[] s_models =
        [(0.14, "HuggingFaceTB/SmolLM2-135M"), (0.36, "HuggingFaceTB/SmolLM2-360M"), (0.49, "Qwen/Qwen2.5-0.5B"), (1.54, "Qwen/Qwen2.5-1.5B"), (3.1, "Qwen/Qwen2.5-3B"), (7.6, "Qwen/Qwen2.5-7B")];

    /// <summary>The next commands, the first first.</summary>
    /// <param name="checks">What was found.</param>
    /// <param name="folder">Where the user is.</param>
    public static IReadOnlyList<NextStep> After(IReadOnlyList<SystemCheck> checks, string folder)
    {
        var device = DeviceFactory.Resolve(DeviceFactory.Automatic);
        var budget = new DeviceOptions(device.Name).MemoryBudget;
        var model = s_models.Last(model => model == s_models[0] || model.Billions * 1e9 * BytesOfParameter < budget).Name;
        var onDevice = device.FreeMemory is null ? "" : $" --device {device.Name}";
        var report = Path.Combine("layergrad-demo", "report.html");
        var missing = checks.Where(check => check.Availability == Availability.Missing && check.Advice is not null).Select(check => check.Subject).ToList();
        return
        [
            .. missing.Count == 0 ? [] : new[] { new NextStep("layergrad doctor", $"again, after what is said above of {string.Join(" and ", missing)}: it works without, but slower or not on every input") },
            File.Exists(Path.Combine(folder, report))
                ? new NextStep($"layergrad report {Path.Combine("layergrad-demo", "*.jsonl")} --out all.html", $"the runs of the demonstration again; {report} is there already and opens in a browser")
                : new NextStep("layergrad demo", "a small model measured, compared, drawn and reported here, in a minute and without network"),
            new NextStep(
                $"layergrad inspect {model} --data tatsu-lab/alpaca --limit 3{onDevice}",
                $"a model that stays within the {ByteSize.Format(budget)} a run may take here, from the hub: how it sees the data, and what time and memory measuring takes"),
        ];
    }
}
