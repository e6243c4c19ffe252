using System.CommandLine;
using System.Globalization;
using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Tokenizers;

namespace LayerGrad.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary><c>--memory SIZE</c>, in bytes.</summary>
    public static Option<long?> Memory() => new("--memory")
    {
        Description = "Memory that a run may use, such as 6GiB, of a GPU's own where there is one; by default 70 % of what is free, or 90 % of a GPU's.",
        HelpName = "SIZE",
        CustomParser = result => ByteSize.Parse(result.Tokens[0].Value),
    };

    /// <summary><c>--host-memory SIZE</c>, in bytes.</summary>
    public static Option<long?> HostMemory() => new("--host-memory")
    {
        Description = "Beside a GPU's own memory, memory of the host for weights that are streamed from there; 70 % of what is free by default.",
        HelpName = "SIZE",
        CustomParser = result => ByteSize.Parse(result.Tokens[0].Value, "--host-memory"),
    };

    /// <summary><c>--device auto|cpu|...</c>: whatever devices there are.</summary>
    public static Option<string> Device() => new("--device")
    {
        Description = "What to compute on. auto: a GPU where one works, else the processor; cpu: LayerGrad's own kernels; torch: libtorch's ('layergrad doctor' says what works).",
        HelpName = string.Join('|', DeviceNames.All),
        DefaultValueFactory = _ => DeviceNames.Automatic,
    };

    /// <summary>Says on standard error what the user should know of the device, where there is anything.</summary>
    /// <param name="device">What stood behind <c>--device</c>.</param>
    public static void NoteDevice(string device)
    {
        if (DeviceNames.NoteOn(device) is { } note)
            Terminal.Tell($"note: {note}");
    }

    /// <summary><c>--precision fp32|tf32|bf16|fp64</c>.</summary>
    public static Option<string> Precision() => new("--precision")
    {
        Description = "In which numbers to compute; the processor has fp32 and fp64, GPUs all four, torch all but tf32.",
        HelpName = "fp32|tf32|bf16|fp64",
        DefaultValueFactory = _ => "fp32",
    };

    /// <summary><c>--adapter DIR</c>.</summary>
    public static Option<string?> Adapter() => new("--adapter")
    {
        Description = "A LoRA adapter as PEFT saves it, merged into the model: its folder, or ORG/NAME on the hub (docs/adapters.md).",
        HelpName = "DIR",
    };

    /// <summary><c>--tokenizer DIR</c>.</summary>
    public static Option<string?> Tokenizer() => new("--tokenizer") { Description = "Take the tokenizer from another folder.", HelpName = "DIR" };

    /// <summary><c>--tokenizer-rules transformers-4|transformers-5</c>.</summary>
    public static Option<TokenizerRules> TokenizerRules() => new("--tokenizer-rules")
    {
        Description = "Load a folder's tokenizer as transformers 4.57 does, or as 5.24.",
        HelpName = "transformers-4|transformers-5",
        CustomParser = result =>
        {
            try
            {
                return TokenizerRulesName.Parse(result.Tokens[0].Value, "--tokenizer-rules");
            }
            catch (InputException error)
            {
                result.AddError(error.Message);
                return default;
            }
        },
    };

    /// <summary><c>--date YYYY-MM-DD</c>: the date that chat templates see; today without it.</summary>
    public static Option<DateOnly?> Date() => new("--date")
    {
        Description = "The date that chat templates see; today by default.",
        HelpName = "YYYY-MM-DD",
        CustomParser = result =>
        {
            if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                return date;
            result.AddError($"--date {result.Tokens[0].Value}: write it as YYYY-MM-DD.");
            return null;
        },
    };
}
