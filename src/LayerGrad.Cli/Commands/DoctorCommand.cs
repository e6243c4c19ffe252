using System.CommandLine;
using LayerGrad.Measuring.Inspection;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad doctor</c>: what is here, what is missing, and how to get it.</summary>
internal static class DoctorCommand
{
    private const int Green = 32;
    private const int Yellow = 33;
    private const int Grey = 90;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("doctor", "Look at this machine: what LayerGrad computes with, and what to install.\n\nExample: layergrad doctor");
        command.SetAction(_ =>
        {
            foreach (var check in SystemReport.Create())
                Print(check);
        });
        return command;
    }

    private static void Print(SystemCheck check)
    {
        var (mark, colour) = check.Availability switch
        {
            Availability.Good => ("ok", Green),
            Availability.Optional => ("-", Grey),
            _ => ("!", Yellow),
        };
        Console.WriteLine($"{Terminal.Coloured($"{mark,-3}", colour)}{check.Subject,-16} {check.Value}");
        if (check.Advice is { } advice)
            Console.WriteLine($"{"",-20}{Terminal.Coloured(advice, colour)}");
    }
}
