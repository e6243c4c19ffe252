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

    /// <summary>Starts it, to be interrupted or killed.</summary>
    public static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [s_program, .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
    })!;
}
