using System.CommandLine;
using System.CommandLine.Parsing;

namespace LayerGrad.Cli;

/// <summary>Finds the command or option that a mistyped word was meant to be.</summary>
internal static class Suggestions
{
    /// <summary>What to say about a command line that cannot be parsed: one line, with the nearest word where one is near.</summary>
    public static string Describe(ParseResult result)
    {
        var command = result.CommandResult.Command;
        var name = string.Join(' ', Path(result.CommandResult));
        var unknown = result.UnmatchedTokens.Count > 0 ? result.UnmatchedTokens[0] : OptionTakenForAnArgument(result);
        if (unknown is null)
            return Describe(result.Errors[0], name);
        var words = command.Subcommands.Select(sub => sub.Name).Concat(command.Options.SelectMany(option => option.Aliases.Append(option.Name)))
            .Where(word => word.StartsWith('-') == unknown.StartsWith('-'));
        var nearest = words.Select(word => (Word: word, Distance: EditDistance.Between(unknown, word))).OrderBy(entry => entry.Distance).FirstOrDefault();
        var what = unknown.StartsWith('-') ? "option" : command.Subcommands.Any() ? "command" : "argument";
        return nearest.Word is not null && nearest.Distance <= Math.Max(1, unknown.Length / 3)
            ? $"{unknown}: no such {what}; did you mean {nearest.Word}?"
            : $"{unknown}: no such {what}; see '{name} --help'.";
    }

    /// <summary>An argument that takes many values swallows a mistyped option too.</summary>
    private static string? OptionTakenForAnArgument(ParseResult result) =>
        result.Tokens.FirstOrDefault(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))?.Value;

    private static string Describe(ParseError error, string name)
    {
        if (error.SymbolResult is OptionResult { Tokens: [var value, ..] } option && Kind(option.Option.ValueType) is { } kind)
            return $"{option.Option.Name} {value.Value}: expected {kind}.";
        if (error.SymbolResult is CommandResult { Command.Subcommands.Count: > 0 })
            return $"name a command; see '{name} --help'.";
        return $"{error.Message.TrimEnd('.')}; see '{name} --help'.";
    }

    private static string? Kind(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 or TypeCode.Int64 => "a whole number",
        TypeCode.Single or TypeCode.Double => "a number",
        _ => null,
    };

    private static IEnumerable<string> Path(CommandResult command)
    {
        if (command.Parent is CommandResult parent)
        {
            foreach (var name in Path(parent))
                yield return name;
            yield return command.Command.Name;
        }
        else
        {
            yield return "layergrad";
        }
    }
}
