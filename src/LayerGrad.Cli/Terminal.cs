using Spectre.Console;

namespace LayerGrad.Cli;

/// <summary>Output with colours and tables where someone looks at it, and plain where it goes into a file or a pipe.</summary>
internal static class Terminal
{
    private const int WidthOfFiles = 200;

    /// <summary>Whether standard output may carry colours (https://no-color.org).</summary>
    public static bool HasColours => !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Whether standard error is a terminal on which a bar can be drawn over and over.</summary>
    public static bool HasBars => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>A text in a colour of the terminal's palette: 32 is green, 33 yellow, 90 grey.</summary>
    public static string Coloured(string text, int colour) => HasColours ? $"\e[{colour}m{text}\e[0m" : text;

    /// <summary>A message on standard error: one line, whatever the files that it quotes hold.</summary>
    public static void Tell(string message) => Console.Error.WriteLine(PlainText.Message(message));

    /// <summary>A line of a result on standard output.</summary>
    public static void Print(string line) => Console.WriteLine(PlainText.Escape(line));

    /// <summary>A text of several lines on standard output: as it is into a file or a pipe, escaped where it would reach a terminal.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isCsv">Whether it is comma-separated values, of which a cell may hold line ends.</param>
    public static void Show(string text, bool isCsv = false) =>
        Console.Write(Console.IsOutputRedirected ? text : isCsv ? PlainText.EscapeCsv(text) : PlainText.EscapeLines(text));

    /// <summary>A text of a file in the markup of a table or line.</summary>
    public static string Markup(string text) => Spectre.Console.Markup.Escape(PlainText.Escape(text));

    /// <summary>A console on standard error, for a bar.</summary>
    public static IAnsiConsole CreateForErrors() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>A console on standard output for tables.</summary>
    public static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Out),
            Ansi = HasColours ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = HasColours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthOfFiles;
        return console;
    }
}
