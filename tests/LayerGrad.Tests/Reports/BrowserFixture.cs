using System.Reflection;
using LayerGrad.Tests.Support;
using Microsoft.Playwright;

namespace LayerGrad.Tests.Reports;

/// <summary>A Chromium that the tests of a class share.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (BrowserFactAttribute.Browser is not { } program)
            return;
        // The driver stays where the package lies, in place of a copy of 130 MB beside the tests.
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH",
            typeof(BrowserFixture).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(pair => pair.Key == "PlaywrightPackage").Value);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Headless = true, Args = ["--no-sandbox", "--disable-gpu"], Timeout = 120_000 });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a report from disk and waits until it is drawn.</summary>
    internal async Task<OpenReport> OpenAsync(string path, int width = 1200, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        var report = new OpenReport(context, page);
        await page.GotoAsync("file://" + path);
        await page.Locator("html[data-ready=true]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        return report;
    }

    /// <summary>What the browser makes of a drawing, at a resolution.</summary>
    internal async Task<byte[]> PictureAsync(string svg, int dotsPerInch)
    {
        const float CssPixelsPerInch = 96;
        await using var context = await _browser!.NewContextAsync(new() { DeviceScaleFactor = dotsPerInch / CssPixelsPerInch });
        var page = await context.NewPageAsync();
        await page.SetContentAsync("<style>body { margin: 0 } svg { display: block }</style>" + await File.ReadAllTextAsync(svg));
        await page.EvaluateAsync("document.fonts.ready.then(() => true)");
        var size = (await page.Locator("svg").BoundingBoxAsync())!;
        await page.SetViewportSizeAsync((int)Math.Ceiling(size.Width), (int)Math.Ceiling(size.Height));
        return await page.ScreenshotAsync(new() { Clip = new() { X = 0, Y = 0, Width = size.Width, Height = size.Height } });
    }
}

/// <summary>A report in a browser, with every request and every complaint that it made.</summary>
internal sealed class OpenReport : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public OpenReport(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Request += (_, request) => Requests.Add(request.Url);
        page.Console += (_, message) => { if (message.Type is "error" or "warning") Complaints.Add(message.Text); };
        page.PageError += (_, error) => Complaints.Add(error);
    }

    public IPage Page { get; }

    public List<string> Requests { get; } = [];

    public List<string> Complaints { get; } = [];

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    /// <summary>What a chart shows, as its SVG.</summary>
    public Task<string> Chart(string id) => Page.Locator($"#{id} svg").First.InnerHTMLAsync();
}
