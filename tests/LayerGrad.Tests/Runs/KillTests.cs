using System.Diagnostics;
using System.Globalization;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

/// <summary>Runs <c>scripts/kill-test</c>, a tenth of its kills; a few where only a sample is asked for.</summary>
public sealed class KillTests
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));

    [Fact]
    public async Task What_is_killed_at_any_moment_and_begun_again_leaves_the_bytes_of_an_unbroken_run()
    {
        using var folder = new TemporaryFolder();
        var program = folder.Write("layergrad", $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "LayerGrad.Cli.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var kills = Extent.IsWhole ? 30 : 2;
        string[] only = Extent.IsWhole ? [] : ["--only", "train"];
        var start = new ProcessStartInfo(Path.Combine(s_root, "scripts", "kill-test"), ["--kills", kills.ToString(CultureInfo.InvariantCulture), "--seed", "7", .. only])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["LAYERGRAD"] = program },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.ShouldBe(0, await errors);
        output.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"kills: {kills}, "));
        output.ShouldEndWith("differences: 0\n");
    }
}
