using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LayerGrad.Hub;
using LayerGrad.Studies.Datasets;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Studies;

public sealed class PaperDownloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentBag<string> _asked = [];

    [Fact]
    public void The_manifest_has_the_studys_files()
    {
        PaperData.Files.Count.ShouldBe(56);
        PaperData.Files["cot_500/aqua_train_no_cot.json"].Sha256.ShouldBe("952d54a0dfe56f3a56e20d2efb66750114d8aa2cfa91289d6aff9b1e8a81d13a");
        PaperData.Files.Values.ShouldAllBe(file => file.Sha256.Length == 64 && file.Size > 1000);
    }

    [SharedFact]
    public void The_manifest_agrees_with_the_files_that_are_here()
    {
        foreach (var path in Directory.EnumerateFiles(Shared.Path("datasets"), "*.json", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(Shared.Path("datasets"), path).Replace(Path.DirectorySeparatorChar, '/');
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))).ShouldBe(PaperData.Files[name].Sha256, name);
        }
    }

    [Fact]
    public async Task Files_are_fetched_once_and_a_broken_one_goes_on()
    {
        var (a, b) = (Make("x/a.json", 300_000), Make("x/b.json", 10));
        var broken = 0;
        using var server = new LoopbackServer(async (context, _) =>
        {
            _asked.Add(context.Request.Url!.AbsolutePath + " " + context.Request.Headers["Range"]);
            var (_, bytes) = context.Request.Url.AbsolutePath == "/data/x/a.json" ? a : b;
            var from = context.Request.Headers["Range"] is { } range ? int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture) : 0;
            if (from > 0)
            {
                context.Response.StatusCode = 206;
                context.Response.AddHeader("Content-Range", $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
            }

            context.Response.ContentLength64 = bytes.Length - from;
            if (bytes.Length > 1000 && Interlocked.Increment(ref broken) == 1)
            {
                await context.Response.OutputStream.WriteAsync(bytes.AsMemory(0, 100_000));
                await context.Response.OutputStream.FlushAsync();
                await Task.Delay(300);
                context.Response.Abort();
                return;
            }

            await context.Response.OutputStream.WriteAsync(bytes.AsMemory(from));
            context.Response.Close();
        });
        var source = new Uri(server.Address, "data/");
        var paths = await PaperDownload.FetchAsync([a.File, b.File], source, _folder.Path, null, CancellationToken.None);
        File.ReadAllBytes(paths[0]).ShouldBe(a.Bytes);
        File.ReadAllBytes(paths[1]).ShouldBe(b.Bytes);
        _asked.Count(line => line.StartsWith("/data/x/a.json", StringComparison.Ordinal)).ShouldBe(2);
        _asked.ShouldContain(line => line.StartsWith("/data/x/a.json bytes=", StringComparison.Ordinal));
        await PaperDownload.FetchAsync([a.File, b.File], source, _folder.Path, null, CancellationToken.None);
        _asked.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Other_contents_are_refused()
    {
        var (file, bytes) = Make("a.json", 5000);
        using var server = new LoopbackServer((context, _) => LoopbackServer.RespondAsync(context, 200, new string('x', bytes.Length)));
        var error = await Should.ThrowAsync<InputException>(() => PaperDownload.FetchAsync([file], server.Address, _folder.Path, null, CancellationToken.None));
        error.Message.ShouldContain("wrong contents");
        File.Exists(_folder.At("a.json")).ShouldBeFalse();
    }

    [Fact]
    public async Task Statistics_of_a_model_are_run_files_of_the_hub()
    {
        const string Commit = "0123456789012345678901234567890123456789";
        var content = Encoding.UTF8.GetBytes("{\"instruction\": \"q\"}\n");
        using var server = new LoopbackServer((context, _) =>
        {
            var path = context.Request.Url!.AbsolutePath;
            if (path.StartsWith("/api/datasets/MingLiiii/Layer_Gradient", StringComparison.Ordinal))
            {
                var listing = new JsonObject { ["sha"] = Commit, ["siblings"] = new JsonArray([.. new[] { "README.md", "cot_500/llama3_8b/grads_aqua.jsonl", "cot_500/gemma2_2b/grads_aqua.jsonl" }.Select(name => new JsonObject { ["rfilename"] = name })]) };
                return LoopbackServer.RespondAsync(context, 200, listing.ToJsonString());
            }

            path.ShouldBe($"/datasets/MingLiiii/Layer_Gradient/resolve/{Commit}/cot_500/llama3_8b/grads_aqua.jsonl");
            context.Response.AddHeader("X-Repo-Commit", Commit);
            context.Response.AddHeader("ETag", $"\"{Convert.ToHexStringLower(SHA256.HashData(content))}\"");
            context.Response.ContentLength64 = content.Length;
            if (context.Request.HttpMethod != "HEAD")
                context.Response.OutputStream.Write(content);
            context.Response.Close();
            return Task.CompletedTask;
        });
        var options = new HubOptions { Endpoint = server.Address, CacheFolder = _folder.At("hub"), Retries = 0 };
        var runs = await PaperDownload.FetchStatisticsAsync("llama3_8b", options, null, CancellationToken.None);
        Path.GetFileName(runs.Single()).ShouldBe("grads_aqua.jsonl");
        File.ReadAllBytes(runs[0]).ShouldBe(content);
        (await Should.ThrowAsync<InputException>(() => PaperDownload.FetchStatisticsAsync("lama3_8b", options, null, CancellationToken.None)))
            .Message.ShouldContain("did you mean 'llama3_8b'? It has gemma2_2b, llama3_8b.");
    }

    public void Dispose() => _folder.Dispose();

    private static (PaperFile File, byte[] Bytes) Make(string name, int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return (new PaperFile(name, length, Convert.ToHexStringLower(SHA256.HashData(bytes))), bytes);
    }
}
