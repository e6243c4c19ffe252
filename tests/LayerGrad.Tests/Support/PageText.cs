using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace LayerGrad.Tests.Support;

/// <summary>All that a report's page holds: what stands in it, and what it carries packed.</summary>
internal static partial class PageText
{
    /// <summary>The page with its chunks unpacked.</summary>
    public static string Of(string path)
    {
        var page = File.ReadAllText(path);
        var all = new StringBuilder(page);
        foreach (var chunk in Chunk().Matches(page).Select(match => match.Groups["base64"].Value))
        {
            using var deflate = new DeflateStream(new MemoryStream(Convert.FromBase64String(chunk)), CompressionMode.Decompress);
            using var text = new StreamReader(deflate);
            all.Append('\n').Append(text.ReadToEnd());
        }

        return all.ToString();
    }

    [GeneratedRegex("<script type=\"text/plain\" id=\"chunk-\\d+\">(?<base64>[^<]*)</script>", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Chunk();
}
