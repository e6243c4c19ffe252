using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LayerGrad.Cli;

/// <summary>
/// The help of a command: its whole description, with the example in it, but only the first line of the
/// descriptions of the commands below it.
/// </summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        foreach (var command in parseResult.CommandResult.Command.Subcommands)
            command.Description = command.Description?.Split('\n', 2)[0];
        return help.Invoke(parseResult);
    }
}
