using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using LayerGrad.Cli.Commands;
using LayerGrad.Cli.Commands.Datasets;

namespace LayerGrad.Cli;

/// <summary>The command line of LayerGrad: its commands, and how their errors become exit statuses.</summary>
internal static class CommandLine
{
    /// <summary>Done; skipped examples are reported and are no failure while others were measured.</summary>
    public const int Done = 0;

    /// <summary>Something failed that is not the user's input (a full disk, memory, a hub out of reach), or a run came to nothing because every example was skipped.</summary>
    public const int Failed = 1;

    /// <summary>The command line, or a file that it names, is wrong.</summary>
    public const int WrongInput = 2;

    /// <summary>Made once: options keep a list of the commands that they were ever put into, and each entry makes the next one slower.</summary>
    private static readonly Lazy<Command> s_root = new(CreateRoot);

    /// <summary>All commands, in the order in which the help lists them.</summary>
    public static Command Root => s_root.Value;

    private static Command CreateRoot() =>
        new("layergrad", "LayerGrad measures what a training example would do to each layer of a language model.\n\nExit status: 0 done, 1 failed (disk, memory, hub), 2 an option or a file is wrong, 130 Ctrl-C, 143 SIGTERM.")
        {
            MeasureCommand.Create(),
            MergeCommand.Create(),
            CompareCommand.Create(),
            KernelCommand.Create(),
            NoiseCommand.Create(),
            AgreementCommand.Create(),
            InfluenceCommand.Create(),
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
            CompletionCommand.Create(),
            CreateHelp(),
            new VersionOption { Action = new VersionText() },
        };

    /// <summary>Parses the arguments, runs the command and turns its errors into one line and an exit status.</summary>
    /// <param name="arguments">The arguments of the process.</param>
    /// <returns>The exit status.</returns>
    public static int Run(string[] arguments)
    {
        try
        {
            var root = Root;
            if (Completion.TryAnswer(arguments, root))
                return Done;
            // An option's own parser may refuse its value.
            var result = root.Parse(arguments);
            if (result.Errors.Count > 0)
            {
                Terminal.Tell($"layergrad: {Suggestions.Describe(result)}");
                return WrongInput;
            }

            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (InputException error)
        {
            Terminal.Tell($"layergrad: {error.Message}");
            return MachineException.IsBehind(error) ? Failed : WrongInput;
        }
        catch (OperationCanceledException)
        {
            return Interruption.Interrupted;
        }
        catch (Exception error) when (error is MachineException || FileFailure.IsOfDisk(error))
        {
            Terminal.Tell($"layergrad: {(error is MachineException ? error.Message : FileFailure.Reason(error))}");
            return Failed;
        }
        catch (RegexMatchTimeoutException error)
        {
            // Patterns of our own do not take long on any text; this machine stood still for half a minute, or the text is made to hold us up.
            Terminal.Tell($"layergrad: a text of {error.Input.Length} characters in an input takes too long to be looked through; try again, or name another input.");
            return WrongInput;
        }
        catch (InsufficientMemoryException error)
        {
            Terminal.Tell($"layergrad: {error.Message}");
            return Failed;
        }
        catch (OutOfMemoryException)
        {
            Terminal.Tell("layergrad: the memory of this machine does not suffice; give a smaller --memory, or end other programs.");
            return Failed;
        }
        catch (Exception error)
        {
            Terminal.Tell($"layergrad: this should not have happened, please report it with the lines below: {error.GetType().Name}: {error.Message}");
            foreach (var line in error.ToString().Split('\n'))
                Terminal.Tell(line.TrimEnd());
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
