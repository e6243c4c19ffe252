using LayerGrad.Reports;
using LayerGrad.Tests.Support;
using Microsoft.Playwright;

namespace LayerGrad.Tests.Reports;

[Collection(nameof(ReportsInBrowser))]
public sealed class ReportBrowserTests
{
    private readonly BrowserFixture _browser;
    private readonly ReportPages _pages;

    public ReportBrowserTests(BrowserFixture browser, ReportPages pages) => (_browser, _pages) = (browser, pages);

    [BrowserFact]
    public async Task It_opens_from_disk_without_a_complaint_or_another_request()
    {
        foreach (var path in new[] { _pages.Runs, _pages.Steps })
        {
            await using var report = await _browser.OpenAsync(path);
            await report.Page.EvaluateAsync("window.scrollTo(0, document.body.scrollHeight)");
            report.Complaints.ShouldBeEmpty();
            report.Requests.Distinct().ShouldBe(["file://" + path]);
        }
    }

    [BrowserFact]
    public async Task It_says_what_was_measured_and_found()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        (await report.Page.InnerTextAsync("#summary")).ShouldContain("Detailed (12 examples)");
        (await report.Page.InnerTextAsync("#measured")).ShouldContain("Made<up>");
        (await report.Page.InnerTextAsync("#measured")).ShouldContain("1 skipped: the output is <empty>");
        (await report.Page.Locator("#finding-list li").CountAsync()).ShouldBeGreaterThan(2);
        (await report.Page.Locator("#finding-list .holds").CountAsync()).ShouldBeGreaterThan(0);
    }

    [BrowserFact]
    public async Task Every_switch_of_the_curves_changes_the_chart()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        var page = report.Page;
        var before = await report.Chart("curve-chart");
        async Task Changes(string what, Func<Task> act)
        {
            await act();
            var after = await report.Chart("curve-chart");
            after.ShouldNotBe(before, what);
            before = after;
        }

        await Changes("bands", () => page.UncheckAsync("#curve-bands"));
        await Changes("log", () => page.CheckAsync("#curve-log"));
        await Changes("shared", () => page.UncheckAsync("#curve-shared"));
        await Changes("projection", () => page.UncheckAsync("input[name=curve-projection][value=V]"));
        await Changes("set", () => page.UncheckAsync("input[name=curve-set][value='0']"));
        await Changes("panels", () => page.SelectOptionAsync("#curve-panels", "projections"));
        await Changes("view", () => page.SelectOptionAsync("#curve-view", "heat map"));
        foreach (var metric in await page.Locator("#metric option").EvaluateAllAsync<string[]>("options => options.map(o => o.value).slice(1)"))
            await Changes(metric, () => page.SelectOptionAsync("#metric", metric));
        while (await page.Locator("input[name=curve-set]:checked").CountAsync() > 0)
            await page.Locator("input[name=curve-set]:checked").First.UncheckAsync();
        (await page.InnerTextAsync("#curve-caption")).ShouldContain("Nothing is ticked");
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Tables_sort_and_copy()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        var page = report.Page;
        await page.EvaluateAsync("() => { Object.defineProperty(navigator, 'clipboard', { value: { writeText: text => { window.copied = text; return Promise.resolve(); } } }); }");
        var table = page.Locator("#table-levels");
        await table.GetByRole(AriaRole.Button, new() { Name = "Level", Exact = true }).ClickAsync();
        var levels = await table.Locator("tbody tr td:nth-child(4)").AllInnerTextsAsync();
        var numbers = levels.Select(text => double.Parse(text.Split('\n')[0].Trim(), System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        numbers.ShouldBe(numbers.OrderDescending());
        await table.GetByRole(AriaRole.Button, new() { Name = "Copy CSV" }).ClickAsync();
        var csv = await page.EvaluateAsync<string>("window.copied");
        csv.Split('\n')[0].ShouldBe("Set,Projection,Examples,Level,Level low,Level high,MAD early,MAD early low,MAD early high,MAD middle,MAD middle low,MAD middle high,MAD late,MAD late low,MAD late high,MAD all,MAD all low,MAD all high");
        csv.Trim().Split('\n').Length.ShouldBe(1 + levels.Count);
        await table.GetByRole(AriaRole.Button, new() { Name = "Copy LaTeX" }).ClickAsync();
        (await page.EvaluateAsync<string>("window.copied")).ShouldStartWith("\\begin{tabular}{llrrrrrr}\n\\toprule\n");
        (await page.InnerTextAsync("#status")).ShouldBe("LaTeX copied");
        (await page.Locator("#table-differences tbody tr").CountAsync()).ShouldBeGreaterThan(0);
        (await page.Locator("#table-separation tbody tr").CountAsync()).ShouldBeGreaterThan(0);
        (await page.Locator("#table-lengths tbody tr").CountAsync()).ShouldBeGreaterThan(0);
    }

    [BrowserFact]
    public async Task Examples_are_filtered_sorted_and_shown_with_hostile_text_as_text()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        var page = report.Page;
        await page.FillAsync("#example-filter", "question 7:");
        await Assertions.Expect(page.Locator("#example-count")).ToHaveTextAsync("1–3 of 3");
        await page.SelectOptionAsync("#example-set", "1");
        await Assertions.Expect(page.Locator("#example-count")).ToHaveTextAsync("1–1 of 1");
        await page.Locator("#example-list tbody tr button").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#example-instruction")).ToHaveTextAsync($"Question 7: {MadeUpRuns.Hostile}", new() { UseInnerText = false });
        (await page.Locator("#example-instruction").EvaluateAsync<string>("e => e.textContent")).ShouldBe($"Question 7: {MadeUpRuns.Hostile}");
        (await page.Locator("#example-output").EvaluateAsync<string>("e => e.textContent")).ShouldBe($"Answer 7 {MadeUpRuns.Hostile}");
        (await page.EvaluateAsync<bool>("'hacked' in window")).ShouldBeFalse();
        (await page.Locator("#main img, #main b").CountAsync()).ShouldBe(0);
        (await page.Locator("#example-curves svg").CountAsync()).ShouldBe(1);
        await page.FillAsync("#example-filter", "");
        await page.SelectOptionAsync("#example-set", "all");
        await page.Locator("#example-list thead").GetByRole(AriaRole.Button, new() { Name = "Loss" }).ClickAsync();
        await Assertions.Expect(page.Locator("#example-list tbody tr").First.Locator("td").Nth(1)).ToHaveTextAsync("1.11");
        await page.ClickAsync("#next");
        (await page.InnerTextAsync("#example-count")).ShouldStartWith("13–24 of");
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task A_dot_of_the_scatter_opens_its_example()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        var page = report.Page;
        foreach (var (select, value) in new[] { ("#example-x", "loss"), ("#example-y", "frobenius_norm"), ("#example-projection", "2"), ("#example-layer", "1") })
            await page.SelectOptionAsync(select, value);
        (await page.GetAttributeAsync("#example-scatter", "aria-label"))!.ShouldContain("V, layer 1");
        await page.FillAsync("#example-filter", "question 3:");
        await Assertions.Expect(page.Locator("#example-count")).ToHaveTextAsync("1–3 of 3");
        await page.Locator("#example-scatter").ScrollIntoViewIfNeededAsync();
        var dot = page.Locator("#example-scatter svg path[fill='#0072b2']").First;
        var heading = page.Locator("#example h3");

        // While the chart moves its dots to where the filter puts them, a click may miss; and a dot that comes to lie under the pointer has another colour.
        for (var attempt = 0; attempt < 20 && await heading.CountAsync() == 0; attempt++)
        {
            await page.Mouse.MoveAsync(0, 0);
            await dot.ClickAsync(new() { Force = true });
            await page.WaitForTimeoutAsync(500);
        }

        await Assertions.Expect(heading.First).ToHaveTextAsync("None, example 3");
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Shares_of_tokens_are_shown_where_the_run_has_them()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        var page = report.Page;
        await page.FillAsync("#example-filter", "question 0:");
        await Assertions.Expect(page.Locator("#example-count")).ToHaveTextAsync("1–3 of 3");
        await page.SelectOptionAsync("#example-set", "0");
        await Assertions.Expect(page.Locator("#example-count")).ToHaveTextAsync("1–1 of 1");
        await page.Locator("#example-list tbody tr").First.ClickAsync();
        var tokens = page.Locator(".tokens span");
        await Assertions.Expect(tokens).ToHaveCountAsync(4);
        (await tokens.AllTextContentsAsync()).ShouldBe(["◇", "<s>", "Why?", " It"]);
        (await tokens.Nth(1).GetAttributeAsync("title")).ShouldBe("<s>: 50.0 % of ‖G‖²");
        (await page.Locator(".tokens span.response").CountAsync()).ShouldBe(1);
        await page.SelectOptionAsync("#token-projection", "3");
        await page.ClickAsync("#token-map");
        (await page.InnerTextAsync("#example-tokens")).ShouldContain("gradient of O, layer");
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task The_kernel_is_a_heat_map_that_can_be_read()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs);
        var map = report.Page.Locator("#kernel-map");
        await map.ScrollIntoViewIfNeededAsync();
        await map.HoverAsync(new() { Position = new() { X = 2, Y = 2 } });
        (await report.Page.InnerTextAsync("#kernel-readout")).ShouldBe("Example 0 with example 0: 1");
        await report.Page.FocusAsync("#kernel-figure");
        await report.Page.Keyboard.PressAsync("ArrowRight");
        (await report.Page.InnerTextAsync("#kernel-readout")).ShouldBe("Example 0 with example 1: −0.25");
        await report.Page.Keyboard.PressAsync("ArrowUp");
        (await report.Page.InnerTextAsync("#kernel-readout")).ShouldBe("Example 0 with example 1: −0.25");

        // The bar says which colour is which number.
        (await report.Page.Locator("#kernel-figure .bar").CountAsync()).ShouldBe(1);
        new[] { "Inner product", "−0.25", "1" }.ShouldBeSubsetOf(await report.Page.Locator("#kernel-figure text").AllTextContentsAsync());
    }

    [BrowserFact]
    public async Task Sets_of_a_kernel_are_compared()
    {
        using var runs = new MadeUpRuns();
        const int Size = 6;
        double[] products = [.. Enumerable.Range(0, 4 * Size * Size).Select(at => Math.DivRem(at, 2 * Size) switch { var (i, j) => i == j ? 2 : i / Size == j / Size ? 1 : -0.4 })];
        var kernel = MadeUpKernel.Write(
            runs.PathOf("sets.npy"), [products, products], ["model.layers.0.self_attn.q_proj.weight", "model.layers.1.self_attn.q_proj.weight"],
            [.. Enumerable.Range(0, 2 * Size).Select(i => (i < Size ? "data" : "other", (int?)i))]);
        Report.Write(new ReportRequest { Runs = [runs.Write("one.jsonl", 8, 2, 1)], Kernel = kernel, Bootstrap = 100 }, runs.PathOf("sets.html"));

        await using var report = await _browser.OpenAsync(runs.PathOf("sets.html"));

        (await report.Page.Locator("#agreement").IsVisibleAsync()).ShouldBeTrue();
        (await report.Page.Locator("#table-agreement-map tbody tr").CountAsync()).ShouldBe(2);
        (await report.Page.Locator("#table-agreement tbody tr").First.InnerTextAsync()).ShouldStartWith("data – other");
        var texts = await report.Page.Locator("#agreement-chart text").AllTextContentsAsync();
        new[] { "data – other", "Cosine of mean gradients", "Layer" }.ShouldBeSubsetOf(texts);

        // The ends of the axis are where the curve ends; only round numbers stand there.
        texts.Where(text => text.Contains('.', StringComparison.Ordinal)).ShouldAllBe(text => text.Length <= 6);
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task The_kernel_of_every_weight_can_be_chosen()
    {
        await using var report = await _browser.OpenAsync(_pages.Steps);
        var page = report.Page;
        var map = page.Locator("#kernel-map");
        var first = await map.GetAttributeAsync("href");
        (await page.Locator("#kernel-matrix option").AllTextContentsAsync()).ShouldBe(["a.weight", "b.weight"]);
        await page.SelectOptionAsync("#kernel-matrix", new SelectOptionValue { Label = "b.weight" });
        await Assertions.Expect(page.Locator("#kernel-caption")).ToContainTextAsync("of weight b.weight, from −0.5 to 2");
        await map.ScrollIntoViewIfNeededAsync();
        var box = (await map.BoundingBoxAsync())!;
        await map.HoverAsync(new() { Position = new() { X = box.Width - 3, Y = box.Height - 3 } });
        (await page.InnerTextAsync("#kernel-readout")).ShouldBe("Example 18 with example 18: 2");
        (await map.GetAttributeAsync("href")).ShouldBe(first, "one matrix is twice the other, and each has a scale of its own");
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Training_steps_have_curves_and_a_heat_map()
    {
        await using var report = await _browser.OpenAsync(_pages.Steps);
        var page = report.Page;
        (await page.InnerTextAsync("#summary")).ShouldContain("at training step 20");
        var before = await report.Chart("step-chart");
        await page.SelectOptionAsync("#step-view", "heat map");
        var heat = await report.Chart("step-chart");
        heat.ShouldNotBe(before);
        await page.SelectOptionAsync("#step-metric", "frobenius_norm");
        (await report.Chart("step-chart")).ShouldNotBe(heat);
        report.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task It_follows_and_changes_the_theme()
    {
        await using var report = await _browser.OpenAsync(_pages.Runs, scheme: ColorScheme.Dark);
        var page = report.Page;
        Task<string> Paper() => page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        (await Paper()).ShouldBe("rgb(21, 23, 27)");
        await page.ClickAsync("#theme");
        (await Paper()).ShouldBe("rgb(255, 255, 255)");
        report.Complaints.ShouldBeEmpty();
    }
}
