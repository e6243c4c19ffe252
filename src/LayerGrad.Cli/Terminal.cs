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
