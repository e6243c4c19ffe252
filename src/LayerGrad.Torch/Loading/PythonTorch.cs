using System.ComponentModel;
using System.Diagnostics;

namespace LayerGrad.Torch.Loading;

/// <summary>Asks a Python where its package <c>torch</c> lies.</summary>
internal static class PythonTorch
{
    private const string Question = "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s and s.submodule_search_locations else '')";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>The folder of the package, which is found without importing it; null where there is no such Python, or it has none.</summary>
    /// <param name="program">The Python: a path, or a name that is looked for on PATH.</param>
    public static string? Ask(string program)
    {
        try
        {
            // Isolated, so that a folder "torch" where the user happens to be is not taken for the package.
            using var process = Process.Start(new ProcessStartInfo(program, ["-I", "-c", Question]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(s_patience))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            Task.WaitAll(errors, output);
            var folder = output.Result.Trim();
            return process.ExitCode == 0 && folder.Length > 0 ? folder : null;
        }
        catch (Win32Exception)
        {
            return null; // There is no such program.
        }
    }
}
