using System.CommandLine;
using System.Globalization;

namespace LayerGrad.Cli;

/// <summary>Answers what a shell asks when somebody presses Tab: <c>layergrad [suggest:POSITION] LINE</c>, in the form of System.CommandLine's directive.</summary>
internal static class Completion
{
    private const string Before = "[suggest:";

    /// <summary>Prints the words that may stand at the position, one a line.</summary>
    /// <param name="arguments">The arguments of the process.</param>
    /// <param name="root">The command line.</param>
    /// <returns>Whether that was asked for.</returns>
    public static bool TryAnswer(IReadOnlyList<string> arguments, Command root)
    {
        if (arguments is not [var directive, var line] || !directive.StartsWith(Before, StringComparison.Ordinal) || !directive.EndsWith(']')
            || !int.TryParse(directive.AsSpan(Before.Length, directive.Length - Before.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
            return false;
        foreach (var word in WordsAt(root, line, position))
            Console.WriteLine(word);
        return true;
    }

    /// <summary>The words that may stand at a position of a line.</summary>
    /// <param name="root">The command line.</param>
    /// <param name="line">The line, which begins with the name of the program.</param>
    /// <param name="position">Where the cursor stands in it, from 0.</param>
    internal static IEnumerable<string> WordsAt(Command root, string line, int position)
    {
        var typed = line[..Math.Min(position, line.Length)];
        var program = typed.IndexOf(' ', StringComparison.Ordinal);
        if (program < 0)
            return [];
        var rest = typed[(program + 1)..];
        return root.Parse(rest).GetCompletions(rest.Length).Select(completion => completion.Label).Distinct(StringComparer.Ordinal);
    }
}
