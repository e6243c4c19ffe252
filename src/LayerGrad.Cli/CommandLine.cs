using System.CommandLine;
using System.CommandLine.Help;
using LayerGrad.Cli.Commands;
using LayerGrad.Cli.Commands.Datasets;

namespace LayerGrad.Cli;

/// <summary>The command line of LayerGrad: its commands, and how their errors become exit statuses.</summary>
internal static class CommandLine
{
    /// <summary>Done; skipped examples are reported and are no failure while others were measured.</summary>
    public const int Done = 0;

    /// <summary>Something failed that is not the user's input, or a run came to nothing because every example was skipped.</summary>
    public const int Failed = 1;

    /// <summary>The command line, or a file that it names, is wrong.</summary>
    public const int WrongInput = 2;

    /// <summary>Interrupted with Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>All commands, in the order in which the help lists them.</summary>
    public static Command CreateRoot() =>
        new("layergrad", "LayerGrad measures what a training example would do to each layer of a language model.")
        {
            MeasureCommand.Create(),
            MergeCommand.Create(),
            CompareCommand.Create(),
            KernelCommand.Create(),
            NoiseCommand.Create(),
            PlotCommand.Create(),
            ReportCommand.Create(),
            ExportCommand.Create(),
            StudyCommand.Create(),
            DataCommand.Create(),
            DemoCommand.Create(),
            TrainCommand.Create(),
            GenerateCommand.Create(),
            InspectCommand.Create(),
            TokenizeCommand.Create(),
            PromptCommand.Create(),
            DoctorCommand.Create(),
            CreateHelp(),
            new VersionOption(),
        };

    /// <summary>Parses the arguments, runs the command and turns its errors into one line and an exit status.</summary>
    /// <param name="arguments">The arguments of the process.</param>
    /// <returns>The exit status.</returns>
    public static int Run(string[] arguments)
    {
        try
        {
            // An option's own parser may refuse its value.
            var result = CreateRoot().Parse(arguments);
            if (result.Errors.Count > 0)
            {
                Console.Error.WriteLine($"layergrad: {Suggestions.Describe(result)}");
                return WrongInput;
            }

            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (InputException error)
        {
            Console.Error.WriteLine($"layergrad: {error.Message}");
            return WrongInput;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (InsufficientMemoryException error)
        {
            Console.Error.WriteLine($"layergrad: {error.Message}");
            return Failed;
        }
        catch (OutOfMemoryException)
        {
            Console.Error.WriteLine("layergrad: the memory of this machine does not suffice; give a smaller --memory, or end other programs.");
            return Failed;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"layergrad: this should not have happened, please report it: {error}");
            return Failed;
        }
    }

    private static HelpOption CreateHelp()
    {
        var help = new HelpOption();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return help;
    }
}
