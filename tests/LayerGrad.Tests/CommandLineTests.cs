






















using LayerGrad.Cli;

namespace LayerGrad.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void An_unknown_command_ends_with_status_2() => CommandLine.Run(["no-such-command"]).ShouldBe(CommandLine.WrongInput);
}
