using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LayerGrad.Compute;

namespace LayerGrad.Cli;

/// <summary><c>--version</c>: the version with its commit, then what it computes with, a library a line.</summary>
internal sealed class VersionText : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Console.WriteLine(typeof(VersionText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        Console.WriteLine($"{RuntimeInformation.FrameworkDescription} ({RuntimeInformation.RuntimeIdentifier}{(RuntimeFeature.IsDynamicCodeSupported ? "" : ", machine code")})");
        Console.WriteLine($"BLAS: {BlasLibrary.Description}");
        foreach (var finding in DeviceFactory.Look() ?? [])
            Console.WriteLine($"{finding.Subject}: {finding.Value}");
        return 0;
    }
}
