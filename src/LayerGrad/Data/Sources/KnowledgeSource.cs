using LayerGrad.Examples;

namespace LayerGrad.Data.Sources;

/// <summary>
/// Knowledge texts, such as encyclopedia articles: JSON, JSON Lines or CSV with <c>title</c>, <c>text</c> and
/// <c>views</c>. The most viewed are cut to whole sentences of at most 100, 500 and 1000 words; the least viewed stay
/// whole.
/// </summary>
internal static class KnowledgeSource
{
    private static readonly int[] s_lengths = [100, 500, 1000];

    public static IEnumerable<PreparedDataset> Prepare(IReadOnlyList<string> files, int sample, SeededRandom random)
    {
        var pages = SourceReader.Records(files)
            .Select(record => (Title: record.Text("title").Trim(), Text: record.Text("text").Trim(), Views: record.Number("views")))
            .OrderByDescending(page => page.Views).ThenBy(page => page.Title, StringComparer.Ordinal).ToList();
        if (pages.Count < 2)
            throw new InputException($"{string.Join(", ", files)}: {pages.Count} pages; popular and unpopular need at least two.");

        // The two ends never meet, however few pages there are.
        var count = Math.Min(sample, pages.Count / 2);
        var popular = Preparation.Draw(pages[..count], count, random);
        var unpopular = Preparation.Draw(pages[^count..], count, random);
        foreach (var length in s_lengths)
            yield return new PreparedDataset($"popular_wikipedia_{length}.json", [.. popular.Select((page, i) => Tell(i, page.Title, Sentences.Head(page.Text, length)))]);
        yield return new PreparedDataset("long_tail_wikipedia.json", [.. unpopular.Select((page, i) => Tell(i, page.Title, page.Text))]);
    }

    /// <summary>The quotation marks are part of the study's instruction.</summary>
    private static Example Tell(int index, string title, string text) => new(index, $"\"Tell me about {title}.\"", "", text);
}
