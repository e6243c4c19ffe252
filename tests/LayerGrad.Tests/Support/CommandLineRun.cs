

















using LayerGrad.Cli;

namespace LayerGrad.Tests.Support;

/// <summary>Runs the command line inside the test process. Test classes that use it belong to its collection, because the console is the process's.</summary>
[CollectionDefinition(nameof(CommandLineRun), DisableParallelization = true)]
public sealed class CommandLineRun
{
    /// <summary>Runs a command and returns its exit status and what it wrote.</summary>
    public static (int Status, string Output, string Error) Of(params string[] arguments)
    {
        var (output, error) = (Console.Out, Console.Error);
        using var newOutput = new StringWriter();
        using var newError = new StringWriter();
        Console.SetOut(newOutput);
        Console.SetError(newError);
        try
        {
            return (CommandLine.Run(arguments), newOutput.ToString(), newError.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
