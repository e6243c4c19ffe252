using System.CommandLine;

namespace LayerGrad.Cli.Commands;

/// <summary>
/// <c>layergrad completion SHELL</c>: the lines that make a shell complete commands and options. They ask the program itself, by
/// <c>layergrad [suggest:POSITION] LINE</c>, as System.CommandLine's own <c>dotnet-suggest</c> does, which has no fish.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _layergrad() {
            local IFS=$'\n'
            COMPREPLY=($("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null))
        }
        complete -o default -F _layergrad layergrad
        """;

    private const string Zsh = """
        _layergrad() {
            local -a words_found
            local line="${(j: :)words[1,CURRENT]}"
            words_found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            words_found=(${words_found:#})
            (( ${#words_found} )) && compadd -- $words_found || _files
        }
        compdef _layergrad layergrad
        """;

    private const string Fish = """
        function __layergrad_complete
            set -l line (commandline -cp)
            layergrad "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c layergrad -a '(__layergrad_complete)'
        """;

    private static readonly Dictionary<string, string> s_scripts = new(StringComparer.Ordinal) { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish };

    private static readonly Argument<string> s_shell = new Argument<string>("shell") { Description = "bash, zsh or fish." }.AcceptOnlyFromAmong([.. s_scripts.Keys]);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "completion",
            "Print what makes a shell complete commands and options: bash: eval \"$(layergrad completion bash)\" in ~/.bashrc; zsh the same in ~/.zshrc, behind "
            + "compinit; fish: layergrad completion fish > ~/.config/fish/completions/layergrad.fish\n\nExample: layergrad completion bash")
        {
            s_shell,
        };
        command.SetAction(arguments => Console.WriteLine(s_scripts[arguments.GetRequiredValue(s_shell)]));
        return command;
    }
}
