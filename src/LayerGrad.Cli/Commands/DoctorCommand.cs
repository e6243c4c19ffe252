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
        var command = new Command("doctor", "Look at this machine: what LayerGrad computes with, what to install, and what to do next.\n\nExample: layergrad doctor");
        command.SetAction(_ =>
        {
            var checks = SystemReport.Create();
            foreach (var check in checks)
                Print(check);
            Console.WriteLine();
            Console.WriteLine("next:");
            foreach (var step in NextSteps.After(checks, Directory.GetCurrentDirectory()))
                Console.WriteLine($"  {PlainText.Escape(step.Command)}\n{"",-6}{Terminal.Coloured(PlainText.Escape(step.Purpose), Grey)}");
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
        Console.WriteLine($"{Terminal.Coloured($"{mark,-3}", colour)}{check.Subject,-16} {PlainText.Escape(check.Value)}");
        if (check.Advice is { } advice)
            Console.WriteLine($"{"",-20}{Terminal.Coloured(advice, colour)}");
    }
}
