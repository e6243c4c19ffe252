using System.Diagnostics;

namespace LayerGrad.Tests.Support;

/// <summary>The program as a process of its own: exit status, output and errors as a user's shell sees them.</summary>
internal sealed record Layergrad(int Status, string Output, string Errors)
{
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "LayerGrad.Cli.dll");

    /// <summary>The one line that an error must be.</summary>
    public string ErrorLine => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();

    /// <summary>Runs it to its end.</summary>
    public static Layergrad Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Layergrad(process.ExitCode, output, errors.Result);
    }

    /// <summary>Runs a script of bash in which <c>layergrad</c> is the program.</summary>
    public static Layergrad Shell(string folder, string script)
    {
        var start = Redirected("bash", ["-c", $"layergrad() {{ dotnet '{s_program}' \"$@\"; }}\n{script}"]);
        start.WorkingDirectory = folder;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Layergrad(process.ExitCode, output, errors.Result);
    }

    /// <summary>Starts it, to be interrupted or killed.</summary>
    public static Process Start(params string[] arguments) => Process.Start(Program(arguments))!;

    /// <summary>Starts it with variables of the environment, its standard input open.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var start = Program(arguments);
        start.RedirectStandardInput = true;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>It answers SIGINT as in a terminal, though the tests run behind nohup or in a shell's background, where that is ignored and children inherit it.</summary>
    private static ProcessStartInfo Program(string[] arguments) => Redirected("env", ["--default-signal=INT", "dotnet", s_program, .. arguments]);

    private static ProcessStartInfo Redirected(string program, string[] arguments) => new(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
    };
}
