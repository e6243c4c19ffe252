using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace LayerGrad.Reports;

/// <summary>
/// The page around the data: one file that needs nothing else. Its policy forbids every request, and runs no script but the
/// two whose hashes it names, so that nothing in a dataset's text can.
/// </summary>
internal static partial class ReportPage
{
    private const string Folder = "LayerGrad.Reports.Assets.";

    /// <summary>Writes the page.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="data">The data as JSON in which no <c>&lt;</c> stands.</param>
    /// <param name="chunks">What is packed.</param>
    public static void Write(TextWriter page, string title, string data, PackedChunks chunks)
    {
        var library = Asset("echarts.echarts.min.js");
        var script = Script();
        var policy = $"default-src 'none'; script-src '{Hash(library)}' '{Hash(script)}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
        var parts = Places().Split(Asset("report.html"));
        for (var i = 0; i < parts.Length; i++)
        {
            // Text and the names of places take turns.
            switch (i % 2 == 0 ? "" : parts[i])
            {
                case "policy": page.Write(policy); break;
                case "title": page.Write(WebUtility.HtmlEncode(title)); break;
                case "version": page.Write(Version); break;
                case "style": page.Write(Asset("report.css")); break;
                case "data": page.Write(data); break;
                case "chunks": chunks.Write(page); break;
                case "library": page.Write(library); break;
                case "script": page.Write(script); break;
                default: page.Write(parts[i]); break;
            }
        }
    }

    private static string Version => typeof(ReportPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The parts of the report's own script, in the order of their numbers, in a scope of their own.</summary>
    private static string Script()
    {
        var names = Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Folder + "js.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        var script = new StringBuilder("(() => {\n\"use strict\";\n");
        foreach (var name in names)
            script.Append(Asset(name[Folder.Length..])).Append('\n');
        return script.Append("})();").ToString();
    }

    private static string Asset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + name) ?? throw new InvalidOperationException($"the library was built without {name}");
        using var reader = new StreamReader(stream, System.Text.Encoding.UTF8);
        // A browser reads every line ending as \n, and hashes what it read.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string Hash(string script) => "sha256-" + Convert.ToBase64String(Sha256.Of(System.Text.Encoding.UTF8.GetBytes(script)));

    [GeneratedRegex(@"\{\{(?<place>\w+)\}\}", RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex Places();
}
