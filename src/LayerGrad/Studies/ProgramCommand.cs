namespace LayerGrad.Studies;

/// <summary>How this program is started, so that other processes and job scripts can start it too.</summary>
/// <param name="File">The executable.</param>
/// <param name="Arguments">What comes before the program's own arguments: the assembly, where <c>dotnet</c> is the executable.</param>
internal sealed record ProgramCommand(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>The running program.</summary>
    public static ProgramCommand Current
    {
        get
        {
            var file = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
            return Path.GetFileNameWithoutExtension(file) == "dotnet"
                ? new ProgramCommand(file, [Path.GetFullPath(Environment.GetCommandLineArgs()[0])])
                : new ProgramCommand(file, []);
        }
    }

    /// <summary>A line of a shell script that starts the program.</summary>
    public string ToShell(params IEnumerable<string> arguments) => string.Join(' ', Arguments.Prepend(File).Concat(arguments).Select(Quote));

    /// <summary>An argument as a POSIX shell takes it, whatever is in it.</summary>
    internal static string Quote(string argument) =>
        argument.Length > 0 && argument.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '.' or '-' or '_' or '=' or ':' or ',' or '+' or '@')
            ? argument
            : "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
