using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LayerGrad.Tests.Support;
using Microsoft.Playwright;

namespace LayerGrad.Tests.Reports;

/// <summary>The report on paper, on a phone, for readers of every kind, and as files.</summary>
[Collection(nameof(ReportsInBrowser))]
public sealed class ReportPresentationTests
{
    private const int Sheet = 680; // pixels between the margins of A4
    private const int SheetHeight = 1009;

    private readonly BrowserFixture _browser;
    private readonly ReportPages _pages;

    public ReportPresentationTests(BrowserFixture browser, ReportPages pages) => (_browser, _pages) = (browser, pages);

    [AxeFact]
    public async Task Axe_finds_nothing_serious_in_light_and_dark()
    {
        var axe = await File.ReadAllTextAsync(AxeFactAttribute.Script);
        foreach (var path in new[] { _pages.Two, _pages.Runs, _pages.Steps })
        {
            await using var report = await _browser.OpenAsync(path);
            await OpenExample(report.Page);
            await report.Page.EvaluateAsync(axe + "; 0");
            foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1200), (ColorScheme.Dark, 1200), (ColorScheme.Dark, 390) })
            {
                await report.Page.SetViewportSizeAsync(width, 900);
                await report.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                var found = await report.Page.EvaluateAsync<JsonElement>("axe.run(document, { resultTypes: ['violations'] })");
                found.GetProperty("passes").GetArrayLength().ShouldBeGreaterThan(20, "axe looked at the page");
                found.GetProperty("violations").EnumerateArray()
                    .Select(one => $"{Path.GetFileName(path)}, {scheme}, {width}: {one.GetProperty("impact")}: {one.GetProperty("help")}: {one.GetProperty("nodes")[0].GetProperty("html")}").ShouldBeEmpty();
            }
        }
    }

    [BrowserFact]
    public async Task It_prints_whole_on_A4_in_light_colours()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs, width: 390, scheme: ColorScheme.Dark);
        var page = report.Page;
        await OpenExample(page);
        var before = await page.Locator("#curve-chart svg").GetAttributeAsync("width");
        var pdf = Encoding.Latin1.GetString(await page.PdfAsync(new() { PreferCSSPageSize = true, PrintBackground = true }));
        Regex.Count(pdf, @"/MediaBox \[0 0 59[45]\.?\d* 84[12]\.?\d*\]", RegexOptions.None, TimeSpan.FromSeconds(10)).ShouldBeGreaterThan(2, "several sheets of A4");
        (await page.Locator("#curve-chart svg").GetAttributeAsync("width")).ShouldBe(before, "after printing it is as it was");
        (await page.EvaluateAsync<string>("document.documentElement.className")).ShouldBe("");

        // What the printer is given, at the width that it has.
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await page.SetViewportSizeAsync(Sheet, SheetHeight);
        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        (await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor")).ShouldBe("rgb(255, 255, 255)");
        (await page.EvaluateAsync<string>("getComputedStyle(document.body).color")).ShouldBe("rgb(0, 0, 0)");
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(Sheet);
        (await page.EvaluateAsync<string[]>("""
            width => [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().width > 0 && e.getBoundingClientRect().right > width + 1 && !e.closest("svg"))
                .map(e => `${e.tagName} ${e.id} ${e.className}`)
            """, Sheet)).ShouldBeEmpty("nothing is cut");
        foreach (var drawing in await page.Locator(".chart svg, .figure svg").AllAsync())
        {
            var box = (await drawing.BoundingBoxAsync())!;
            box.Width.ShouldBeLessThanOrEqualTo(Sheet);
            box.Height.ShouldBeLessThanOrEqualTo(SheetHeight);
        }

        var drawn = await page.Locator("#curve-chart svg").InnerHTMLAsync();
        foreach (var dark in new[] { "#a2a9b4", "#e7e9ec", "#4ba3d9" })
            drawn.ShouldNotContain(dark, Case.Insensitive, "colours of the dark page");
        drawn.ShouldContain("#0072b2");
        foreach (var hidden in new[] { "#sections", ".switches", ".save", "#theme" })
            (await page.Locator(hidden).First.IsVisibleAsync()).ShouldBeFalse(hidden);
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task A_chart_higher_than_a_sheet_is_drawn_smaller_there()
    {
        await using var report = await _browser.OpenAsync(_pages.Many);
        var chart = report.Page.Locator("#curve-chart svg");
        await report.Page.SelectOptionAsync("#curve-view", "heat map");
        var height = (await chart.BoundingBoxAsync())!.Height;
        height.ShouldBeGreaterThan(SheetHeight);
        await report.Page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        (await chart.BoundingBoxAsync())!.Height.ShouldBeLessThanOrEqualTo(SheetHeight);
        (await report.Page.Locator("#curve-chart").BoundingBoxAsync())!.Height.ShouldBeLessThanOrEqualTo(SheetHeight);
        await report.Page.EvaluateAsync("dispatchEvent(new Event('afterprint'))");
        (await chart.BoundingBoxAsync())!.Height.ShouldBe(height);
    }

    [BrowserFact]
    public async Task It_reads_on_a_phone()
    {
        const int Phone = 390;
        foreach (var path in new[] { _pages.Runs, _pages.Steps })
        {
            await using var report = await _browser.OpenAsync(path, width: Phone, height: 844);
            var page = report.Page;
            await OpenExample(page);
            await page.SelectOptionAsync("#curve-view", "heat map");
            if (path == _pages.Steps)
                await page.SelectOptionAsync("#step-view", "heat map");
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBe(Phone, "the page itself does not scroll sideways");
            foreach (var drawing in await page.Locator(".chart svg, .figure svg").AllAsync())
            {
                if (await drawing.BoundingBoxAsync() is not { Width: > 0 } box)
                    continue;
                box.Width.ShouldBeLessThanOrEqualTo(Phone);
                (await drawing.EvaluateAsync<string[]>("(svg, width) => [...svg.querySelectorAll('text')].filter(text => text.getBoundingClientRect().right > width).map(text => text.textContent)", Phone))
                    .ShouldBeEmpty("no text of a figure is cut");
            }

            // A table's numbers scroll in their own frame, beside what they are the numbers of.
            var name = page.Locator("#table-levels tbody th").First;
            var left = (await name.BoundingBoxAsync())!.X;
            await page.Locator("#table-levels .scroll").EvaluateAsync("frame => frame.scrollLeft = 200");
            (await page.Locator("#table-levels .scroll").EvaluateAsync<int>("frame => frame.scrollLeft")).ShouldBeGreaterThan(0);
            (await name.BoundingBoxAsync())!.X.ShouldBe(left, 0.5f);
        }
    }

    [BrowserFact]
    public async Task Every_figure_is_saved_as_SVG_and_PNG_and_every_table_as_CSV()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs, scheme: ColorScheme.Dark);
        var page = report.Page;
        await OpenExample(page);
        var figures = await page.Locator(".chart:visible, .figure:visible").CountAsync();
        figures.ShouldBe(6, "curves, noise, scatter, an example's curves and tokens, similarity");
        (await page.GetByRole(AriaRole.Button, new() { Name = "Save SVG: " }).CountAsync()).ShouldBe(figures);
        (await page.GetByRole(AriaRole.Button, new() { Name = "Save PNG: " }).CountAsync()).ShouldBe(figures);
        (await page.GetByRole(AriaRole.Button, new() { Name = "Save CSV: " }).CountAsync()).ShouldBe(await page.Locator("main table").CountAsync());
        foreach (var button in await page.GetByRole(AriaRole.Button, new() { Name = "Save " }).AllAsync())
        {
            var file = await page.RunAndWaitForDownloadAsync(() => button.ClickAsync());
            var bytes = await File.ReadAllBytesAsync(await file.PathAsync());
            switch (Path.GetExtension(file.SuggestedFilename))
            {
                case ".svg":
                    var svg = XDocument.Parse(Encoding.UTF8.GetString(bytes)).Root!;
                    svg.Attribute("viewBox").ShouldNotBeNull();
                    svg.ToString().ShouldNotContain("#e7e9ec", Case.Insensitive, "the dark page's ink does not show on white");
                    svg.Descendants().Count(part => part.Name.LocalName == "text").ShouldBeGreaterThan(3);
                    break;
                case ".png":
                    bytes.AsSpan(1, 3).SequenceEqual("PNG"u8).ShouldBeTrue();
                    BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16)).ShouldBeGreaterThan(600);
                    break;
                case ".csv":
                    Encoding.UTF8.GetString(bytes).Split('\n').Length.ShouldBeGreaterThan(2);
                    break;
                default:
                    throw new InvalidOperationException(file.SuggestedFilename);
            }
        }

        (await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor")).ShouldBe("rgb(21, 23, 27)", "the page stays as it was");
        report.Requests.ShouldAllBe(url => url.StartsWith("file:", StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal));
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task The_noise_scale_has_a_gap_where_it_is_not_resolved()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        var page = report.Page;
        (await page.Locator("#table-noise tbody tr").CountAsync()).ShouldBe(3);
        (await page.Locator("#table-noise tbody tr").Nth(2).InnerTextAsync()).ShouldContain("not resolved");
        // Layer 0 stands alone: a dot and a bar; layers 2 to 5 are a line with a band.
        (await page.Locator("#noise-chart svg path[fill-opacity='0.17'], #noise-chart svg path[opacity='0.17'], #noise-chart svg polygon").CountAsync()).ShouldBe(1);
        report.Complaints.ShouldBeEmpty();
    }

    /// <summary>Opens an example, one with the shares of its tokens where there is one.</summary>
    private static async Task OpenExample(IPage page)
    {
        var rows = page.Locator("#example-list tbody tr");
        var shared = rows.Filter(new() { HasText = "●" });
        await (await shared.CountAsync() > 0 ? shared : rows).First.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(page.Locator("#example-curves svg")).ToBeVisibleAsync();
        if (await shared.CountAsync() > 0)
            await Assertions.Expect(page.Locator("#example-tokens svg")).ToBeVisibleAsync();
    }
}
