namespace LayerGrad.Runs.Measurements;

/// <summary>The names of protocols on the command line, in studies and in metadata.</summary>
internal static class Protocols
{
    private static readonly string[] s_names = ["paper", "strict"];

    /// <summary>The names, in the order of <see cref="Protocol"/>.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Its name.</summary>
    public static string NameOf(this Protocol protocol) => s_names[(int)protocol];

    /// <summary>The protocol of a name; null where there is none.</summary>
    public static Protocol? Find(string name) => Array.IndexOf(s_names, name) is >= 0 and var at ? (Protocol)at : null;

    /// <summary>Reads a name.</summary>
    /// <exception cref="InputException">There is no protocol of this name.</exception>
    public static Protocol Parse(string name) => Find(name) ?? throw new InputException($"--protocol {name}: no such protocol; there are {string.Join(" and ", s_names)}.");
}
