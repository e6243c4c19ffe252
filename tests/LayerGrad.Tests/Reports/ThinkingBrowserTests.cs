using System.Text.Json.Nodes;
using LayerGrad.Reports;
using LayerGrad.Runs;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Reports;

/// <summary>What a report shows of thinking, and what it shows without examples.</summary>
public sealed class ThinkingBrowserTests(BrowserFixture browser) : IClassFixture<BrowserFixture>, IDisposable
{
    private readonly MadeUpRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [BrowserFact]
    public async Task Thinking_is_marked_and_its_share_of_the_gradient_told()
    {
        var run = _runs.Write("a.jsonl", 12, 3, 1, tokens: true);
        var tokens = new RunPaths(run).Tokens;
        File.WriteAllLines(tokens, File.ReadLines(tokens).Select(line =>
        {
            var shares = JsonNode.Parse(line)!.AsObject();
            var count = shares["offsets"]!.AsArray().Count;
            shares["part"] = new JsonArray([.. Enumerable.Range(0, count).Select(i => (JsonNode)(i == 0 ? "prompt" : i == count - 1 ? "answer" : "thinking"))]);
            return shares.ToJsonString();
        }).ToList());
        var path = _runs.PathOf("thinking.html");
        Report.Write(new ReportRequest { Runs = [run], Bootstrap = 100 }, path);

        await using var report = await browser.OpenAsync(path);
        var page = report.Page;
        await page.FillAsync("#example-filter", "question 0:");
        await Microsoft.Playwright.Assertions.Expect(page.Locator("#example-count")).ToHaveTextAsync("1–1 of 1");
        await page.Locator("#example-list tbody tr").First.ClickAsync();
        await page.Locator(".tokens span").First.WaitForAsync();
        (await page.Locator(".tokens span.response").CountAsync()).ShouldBe(1);
        var thinking = await page.Locator(".tokens span.thinking").CountAsync();
        thinking.ShouldBe(await page.Locator(".tokens span").CountAsync() - 2);
        (await page.InnerTextAsync("#example-tokens")).ShouldContain("By part: prompt ");
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task A_page_without_examples_has_no_section_of_them_and_no_complaint()
    {
        var path = _runs.PathOf("without.html");
        Report.Write(new ReportRequest { Runs = [_runs.Write("a.jsonl", 12, 3, 1, tokens: true)], Bootstrap = 100, Examples = 0, TokenExamples = 0 }, path);

        await using var report = await browser.OpenAsync(path);
        (await report.Page.Locator("#examples").IsVisibleAsync()).ShouldBeFalse();
        (await report.Page.InnerTextAsync("#sections")).ShouldNotContain("Examples");
        await report.Page.ClickAsync("#theme");
        var before = await report.Chart("curve-chart");
        await report.Page.SelectOptionAsync("#metric", "S_max");
        (await report.Chart("curve-chart")).ShouldNotBe(before);
        report.Complaints.ShouldBeEmpty();
    }
}
