using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using LayerGrad.Hub;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Hub;

public sealed class HubClientTests : HubTest
{
    [Fact]
    public async Task A_model_lands_in_theCache_as_theHub_s_own_client_lays_it_out()
    {
        var weights = RandomNumberGenerator.GetBytes(1 << 20);
        Hub.Add("config.json", Config);
        Hub.Add("tokenizer.json", """{"version": "1"}""");
        Hub.Add("README.md", "not needed");
        Hub.AddLarge("model.safetensors", weights);

        var folder = await ModelResolver.ResolveAsync("acme/tiny", null, Options());
        folder.ShouldBe(Path.Combine(Cache, "models--acme--tiny", "snapshots", FakeHub.Commit));
        File.ReadAllText(Path.Combine(folder, "config.json")).ShouldBe(Config);
        File.ReadAllBytes(Path.Combine(folder, "model.safetensors")).ShouldBe(weights);
        Directory.GetFiles(folder).Select(Path.GetFileName).ShouldBe(["config.json", "tokenizer.json", "model.safetensors"], ignoreOrder: true);

        var etag = Convert.ToHexStringLower(SHA256.HashData(weights));
        new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget.ShouldBe($"../../blobs/{etag}");
        File.ReadAllText(Path.Combine(Cache, "models--acme--tiny", "refs", "main")).ShouldBe(FakeHub.Commit);
        File.Exists(Path.Combine(Cache, ".locks", "models--acme--tiny", etag + ".lock")).ShouldBeTrue();
        Directory.GetFiles(Cache, "*.incomplete", SearchOption.AllDirectories).ShouldBeEmpty();

        // Again: one question, no file.
        var before = Hub.Requests.Count;
        (await ModelResolver.ResolveAsync("acme/tiny", null, Options())).ShouldBe(folder);
        Hub.Requests.Skip(before).Select(static request => request.Path).ShouldBe(["/api/models/acme/tiny/revision/main"]);
    }

    [Fact]
    public void An_adapter_comes_without_what_else_its_repository_holds()
    {
        Hub.Add("adapter_config.json", "{}");
        Hub.Add("README.md", "not needed");
        Hub.Add("tokenizer.json", "{}");
        Hub.AddLarge("adapter_model.safetensors", new byte[1 << 16]);
        Hub.AddLarge("adapter_model.bin", new byte[1 << 16]);

        var folder = AdapterResolver.Resolve("acme/tiny", options: Options());
        Directory.GetFiles(folder).Select(Path.GetFileName).ShouldBe(["adapter_config.json", "adapter_model.safetensors"], ignoreOrder: true);
        AdapterResolver.Resolve(Cache, options: Options()).ShouldBe(Cache);
        Should.Throw<InputException>(() => AdapterResolver.Resolve("./missing", options: Options())).Message.ShouldContain("no such folder");
    }

    [Fact]
    public async Task A_tokenizer_comes_without_the_weights()
    {
        Hub.Add("config.json", Config);
        Hub.Add("tokenizer.json", "{}");
        Hub.AddLarge("model.safetensors", new byte[1 << 20]);

        var folder = await ModelResolver.ResolveAsync("acme/tiny", null, Options(), tokenizerOnly: true);
        Directory.GetFiles(folder).Select(Path.GetFileName).ShouldBe(["config.json", "tokenizer.json"], ignoreOrder: true);

        // The weights follow when they are asked for.
        await ModelResolver.ResolveAsync("acme/tiny", null, Options());
        File.Exists(Path.Combine(folder, "model.safetensors")).ShouldBeTrue();
    }

    [SharedTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_requests_are_those_of_theHub_s_own_client(bool isDataset)
    {
        // Of a dataset the paths are the same but for the kind of repository.
        string OfKind(string text) => !isDataset ? text : text.Replace("/api/models/", "/api/datasets/", StringComparison.Ordinal)
            .Replace(" /acme/", " /datasets/acme/", StringComparison.Ordinal).Replace("models--", "datasets--", StringComparison.Ordinal);
        using var transcript = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "hub_transcript.json")));
        var steps = transcript.RootElement.GetProperty("steps").EnumerateArray().ToDictionary(
            static step => step.GetProperty("step").GetString()!,
            step => step.GetProperty("requests").EnumerateArray().Select(request => OfKind($"{request.GetProperty("method")} {request.GetProperty("path")}")).ToArray());
        Hub.Add("config.json", Config);
        Hub.Add("tokenizer.json", "{}");
        Hub.Add("sub/notes.txt", "notes\n");
        Hub.AddLarge("model.safetensors", new byte[1 << 20]);
        using var client = new HubClient(Options());
        var repository = new HubRepository(isDataset, "acme/tiny");

        await client.GetFolderAsync(repository, static (_, _) => ["config.json", "tokenizer.json", "model.safetensors"]);
        Asked().ShouldBe(steps["snapshot_download(allow_patterns=*.json,*.safetensors)"], ignoreOrder: true);
        await client.GetFileAsync(repository, "sub/notes.txt");
        Asked().ShouldBe(steps["one file"]);
        await Should.ThrowAsync<InputException>(() => client.GetFileAsync(repository, "absent.bin"));
        Asked().ShouldBe(steps["missing file"]);

        var expected = transcript.RootElement.GetProperty("cache_after_one_file_and_missing").EnumerateArray()
            .Select(entry => Generic(OfKind(entry.GetProperty("path").GetString()! + (entry.TryGetProperty("link", out var link) ? " -> " + link.GetString() : ""))));
        var actual = Directory.GetFiles(Cache, "*", SearchOption.AllDirectories)
            .Select(path => Generic(Path.GetRelativePath(Cache, path) + (new FileInfo(path).LinkTarget is { } target ? " -> " + target : "")));
        actual.ShouldBe(expected, ignoreOrder: true);

        // Contents differ from the transcript's, so their hashes are left out of the comparison.
        static string Generic(string path) => System.Text.RegularExpressions.Regex.Replace(path, "(?<=blobs/|tiny/)[0-9a-f]{40,64}(?!/)", "HASH");
    }

    [Fact]
    public async Task A_download_goes_on_where_an_earlier_run_stopped()
    {
        var weights = RandomNumberGenerator.GetBytes(1 << 20);
        Hub.AddLarge("model.safetensors", weights);
        var incomplete = Path.Combine(Cache, "models--acme--tiny", "blobs", Convert.ToHexStringLower(SHA256.HashData(weights)) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(incomplete)!);
        File.WriteAllBytes(incomplete, weights[..500_000]);

        File.ReadAllBytes(await GetAsync("model.safetensors")).ShouldBe(weights);
        Hub.Requests.Last().Headers["range"].ShouldBe("bytes=500000-");
        Hub.BodyBytes.ShouldBe(weights.Length - 500_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_download_that_is_cut_at_random_arrives_whole(bool withReset)
    {
        // LAYERGRAD_DOWNLOAD_BYTES=1073741824 makes it the full gigabyte; see scripts/check-download.
        var size = long.TryParse(Environment.GetEnvironmentVariable("LAYERGRAD_DOWNLOAD_BYTES"), out var bytes) ? bytes : 24L << 20;
        const int cuts = 20;
        var file = new FakeFile("model.safetensors", size);
        Hub.Add(file);
        var random = new Random(5);
        var left = cuts;
        Hub.CutsWithReset = withReset;
        Hub.CutAfter = _ => left-- > 0 ? random.NextInt64(1, size / cuts) : long.MaxValue;

        var progress = new ConcurrentQueue<HubProgress>();
        using var client = new HubClient(Options());
        var path = await client.GetFileAsync(new HubRepository(false, "acme/tiny"), "model.safetensors", new Recorder(progress));
        using (var stream = File.OpenRead(path))
            Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)).ShouldBe(file.ETag);
        left.ShouldBeLessThan(1);
        // A reset throws away what was under way; else not a byte is fetched twice.
        Hub.BodyBytes.ShouldBeInRange(size, withReset ? size + (cuts * (8L << 20)) : size);
        progress.Select(static report => report.Bytes).ShouldBeInOrder();
        progress.Last().ShouldBe(new HubProgress("model.safetensors", size, size));
    }

    [Fact]
    public async Task Wrong_contents_are_not_kept()
    {
        Hub.Add(new FakeFile("model.safetensors", new byte[1000], large: true) { ETag = new string('a', 64) });
        (await RefusalAsync(() => GetAsync("model.safetensors"))).ShouldContain("wrong contents");
        Directory.GetFiles(Path.Combine(Cache, "models--acme--tiny"), "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith("main", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Damaged_remains_of_an_earlier_run_are_thrown_away()
    {
        var weights = RandomNumberGenerator.GetBytes(10_000);
        Hub.AddLarge("model.safetensors", weights);
        var incomplete = Path.Combine(Cache, "models--acme--tiny", "blobs", Convert.ToHexStringLower(SHA256.HashData(weights)) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(incomplete)!);
        File.WriteAllBytes(incomplete, new byte[5000]);
        File.ReadAllBytes(await GetAsync("model.safetensors")).ShouldBe(weights);
    }

    [Fact]
    public async Task A_small_file_is_checked_by_git_s_hash()
    {
        Hub.Add(new FakeFile("config.json", "{}"u8.ToArray(), large: false) { ETag = new string('b', 40) });
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("wrong contents");
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_makes_it_start_over()
    {
        var weights = RandomNumberGenerator.GetBytes(100_000);
        Hub.AddLarge("model.safetensors", weights);
        var incomplete = Path.Combine(Cache, "models--acme--tiny", "blobs", Convert.ToHexStringLower(SHA256.HashData(weights)) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(incomplete)!);
        File.WriteAllBytes(incomplete, weights[..60_000]);
        var body = Convert.ToBase64String(weights); // only its length matters: the first answer is a whole one
        Hub.Override = request => request.Headers.ContainsKey("range") ? $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}" : null;
        File.ReadAllBytes(await GetAsync("model.safetensors")).ShouldBe(weights);
    }

    [Theory]
    [InlineData("503 Service Unavailable")]
    [InlineData("429 Too Many Requests\r\nRetry-After: 0")]
    [InlineData("500 Internal Server Error")]
    public async Task What_may_pass_is_tried_again(string status)
    {
        Hub.Add("config.json", Config);
        var refusals = 3;
        Hub.Override = _ => Interlocked.Decrement(ref refusals) >= 0 ? $"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n" : null;
        File.ReadAllText(await GetAsync("config.json")).ShouldBe(Config);
        refusals.ShouldBeLessThan(0);
    }

    [Fact]
    public async Task Retry_after_is_waited_for()
    {
        Hub.Add("config.json", Config);
        var first = true;
        Hub.Override = _ =>
        {
            var refuse = first;
            first = false;
            return refuse ? "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n" : null;
        };
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await GetAsync("config.json");
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(950));
    }

    [Fact]
    public async Task What_does_not_pass_is_told_after_all_tries()
    {
        Hub.Override = static _ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("503");
        Hub.Override = static _ => "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("429");
        Hub.Override = static _ => "no http at all\r\n\r\n";
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("reached");
    }

    [Fact]
    public async Task A_stalled_connection_is_given_up()
    {
        Hub.Add("config.json", Config);
        Hub.Override = static _ => "HTTP/1.1 200 OK\r\n"; // and then silence, or the end
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("reached");
    }

    [Theory]
    [InlineData("401 Unauthorized\r\nX-Error-Code: GatedRepo", null, "set HF_TOKEN")]
    [InlineData("403 Forbidden\r\nX-Error-Code: GatedRepo", "hf_secret", "the token in use has no access")]
    [InlineData("401 Unauthorized", null, "HF_TOKEN")]
    [InlineData("401 Unauthorized", "hf_secret", "refuses the token")]
    [InlineData("403 Forbidden", "hf_secret", "403")]
    [InlineData("404 Not Found\r\nX-Error-Code: RepoNotFound", null, "no such model")]
    [InlineData("404 Not Found\r\nX-Error-Code: RevisionNotFound", null, "no branch, tag or commit")]
    public async Task Refusals_say_what_to_do(string status, string? token, string expected)
    {
        Hub.Override = _ => $"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n";
        var message = await RefusalAsync(() => ModelResolver.ResolveAsync("acme/gated", null, Options() with { Token = token }));
        message.ShouldContain(expected);
        message.ShouldContain("acme/gated");
        message.ShouldNotContain("hf_secret");
        if (status.Contains("Gated", StringComparison.Ordinal))
            message.ShouldContain($"{Hub.Address}acme/gated");
    }

    [Fact]
    public async Task The_token_goes_to_theHub_and_to_nobody_else()
    {
        Hub.AddLarge("model.safetensors", new byte[1000]);
        using var client = new HubClient(Options() with { Token = "hf_secret" });
        await client.GetFileAsync(new HubRepository(false, "acme/tiny"), "model.safetensors");
        foreach (var request in Hub.Requests)
            request.Headers.ContainsKey("authorization").ShouldBe(request.Headers["host"].StartsWith("127.0.0.1", StringComparison.Ordinal), request.Path);
        Hub.Requests.ShouldContain(static request => request.Path == "/cdn/model.safetensors" && request.Headers["host"].StartsWith("localhost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_renamed_repository_is_followed()
    {
        Hub.Add("config.json", Config);
        Hub.Override = static request => request.Path.StartsWith("/acme/old/", StringComparison.Ordinal)
            ? $"HTTP/1.1 307 Temporary Redirect\r\nLocation: {request.Path.Replace("old", "tiny", StringComparison.Ordinal)}\r\nContent-Length: 0\r\n\r\n"
            : null;
        using var client = new HubClient(Options());
        File.ReadAllText(await client.GetFileAsync(new HubRepository(false, "acme/old"), "config.json")).ShouldBe(Config);
    }

    [Fact]
    public async Task A_web_page_is_not_a_file()
    {
        Hub.Override = static _ => $"HTTP/1.1 200 OK\r\nX-Repo-Commit: {FakeHub.Commit}\r\nETag: \"x\"\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n<html>";
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("web page");
        Hub.Override = static _ => "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("web page");
        (await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, Options()))).ShouldContain("does not answer like");
    }

    [Fact]
    public async Task Shards_of_the_index_come_and_no_others()
    {
        Hub.Add("config.json", Config);
        Hub.Add("model.safetensors.index.json", """{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-2.safetensors"}}""");
        foreach (var name in new[] { "model-1.safetensors", "model-2.safetensors", "other.safetensors" })
            Hub.AddLarge(name, RandomNumberGenerator.GetBytes(100));
        var folder = await ModelResolver.ResolveAsync("acme/tiny", null, Options());
        Directory.GetFiles(folder).Select(Path.GetFileName).ShouldBe(["config.json", "model.safetensors.index.json", "model-1.safetensors", "model-2.safetensors"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_repository_of_one_gguf_file_gives_that_file()
    {
        Hub.AddLarge("tiny.Q8_0.gguf", new byte[10]);
        (await ModelResolver.ResolveAsync("acme/tiny", null, Options())).ShouldEndWith($"{FakeHub.Commit}/tiny.Q8_0.gguf");
        Hub.AddLarge("tiny.Q4_0.gguf", new byte[11]);
        (await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, Options()))).ShouldContain("hf://acme/tiny/FILE");
        (await ModelResolver.ResolveAsync("hf://acme/tiny/tiny.Q4_0.gguf", null, Options())).ShouldEndWith("tiny.Q4_0.gguf");
    }

    [Fact]
    public async Task Repositories_without_weights_that_can_be_read_are_refused()
    {
        Hub.Add("README.md", "x");
        (await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, Options()))).ShouldContain("config.json");
        Hub.Add("config.json", Config);
        Hub.AddLarge("tf_model.h5", new byte[10]);
        (await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, Options()))).ShouldContain("model.safetensors");
    }

    [Fact]
    public async Task Files_of_torch_save_come_where_there_are_no_safetensors()
    {
        Hub.Add("config.json", Config);
        Hub.AddLarge("pytorch_model.bin", new byte[10]);
        Hub.AddLarge("training_args.bin", new byte[10]);
        Names(await ModelResolver.ResolveAsync("acme/tiny", null, Options())).ShouldBe(["config.json", "pytorch_model.bin"], ignoreOrder: true);
        ModelFiles.Foreseen("acme/tiny", ["config.json", "pytorch_model.bin", "model.safetensors", "tiny.gguf"]).ShouldBe(["config.json", "model.safetensors"]);
    }

    [Fact]
    public async Task Shards_of_torch_save_come_by_their_index()
    {
        Hub.Add("config.json", Config);
        Hub.Add("pytorch_model.bin.index.json", """{"weight_map": {"a": "pytorch_model-1.bin", "b": "pytorch_model-2.bin"}}""");
        foreach (var name in new[] { "pytorch_model-1.bin", "pytorch_model-2.bin", "optimizer.bin" })
            Hub.AddLarge(name, RandomNumberGenerator.GetBytes(100));
        Names(await ModelResolver.ResolveAsync("acme/tiny", null, Options()))
            .ShouldBe(["config.json", "pytorch_model.bin.index.json", "pytorch_model-1.bin", "pytorch_model-2.bin"], ignoreOrder: true);
    }

    private static IEnumerable<string?> Names(string folder) => Directory.GetFiles(folder).Select(Path.GetFileName);

    [Fact]
    public async Task Offline_theCache_must_do()
    {
        Hub.Add("config.json", Config);
        Hub.AddLarge("model.safetensors", new byte[100]);
        var offline = Options() with { Offline = true };
        (await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, offline))).ShouldContain("HF_HUB_OFFLINE");
        var folder = await ModelResolver.ResolveAsync("acme/tiny", null, Options());
        var before = Hub.Requests.Count;
        (await ModelResolver.ResolveAsync("acme/tiny", null, offline)).ShouldBe(folder);
        (await ModelResolver.ResolveAsync($"acme/tiny@{FakeHub.Commit}", null, offline)).ShouldBe(folder);
        Hub.Requests.Count.ShouldBe(before);

        // A hub that cannot be reached is like no hub.
        Hub.Override = static _ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        (await ModelResolver.ResolveAsync("acme/tiny", null, Options())).ShouldBe(folder);
    }

    [Fact]
    public async Task Two_processes_download_a_content_once()
    {
        Hub.Add(new FakeFile("model.safetensors", 4 << 20));
        var paths = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => GetAsync("model.safetensors"))));
        paths.Distinct().Count().ShouldBe(1);
        Hub.BodyBytes.ShouldBe(4 << 20);
    }

    [Fact]
    public async Task A_cancelled_download_stops_and_goes_on_later()
    {
        Hub.Add(new FakeFile("model.safetensors", 8 << 20));
        using var cancellation = new CancellationTokenSource();
        using (var client = new HubClient(Options()))
        {
            await Should.ThrowAsync<OperationCanceledException>(() => client.GetFileAsync(
                new HubRepository(false, "acme/tiny"), "model.safetensors", new Canceller(cancellation), cancellation.Token));
        }
        new FileInfo(Directory.GetFiles(Cache, "*.incomplete", SearchOption.AllDirectories).Single()).Length.ShouldBeGreaterThan(0);
        new FileInfo(await GetAsync("model.safetensors")).ResolveLinkTarget(true)!.FullName.ShouldContain("blobs");
        Hub.Requests.Last().Headers.ContainsKey("range").ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_on_the_disk_comes_before_theHub()
    {
        (await ModelResolver.ResolveAsync(Cache, null, Options())).ShouldBe(Cache);
        (await RefusalAsync(() => ModelResolver.ResolveAsync("./acme/tiny", null, Options()))).ShouldContain("no such folder");
        (await RefusalAsync(() => ModelResolver.ResolveAsync("models/missing.gguf", null, Options()))).ShouldContain("no such folder");
        (await RefusalAsync(() => ModelResolver.ResolveAsync("hf://datasets/acme/tiny", null, Options()))).ShouldContain("dataset");
        Hub.Requests.ShouldBeEmpty();
    }

    private string[] Asked()
    {
        var asked = Hub.Requests.Select(static request => $"{request.Method} {request.Path}").ToArray();
        Hub.Requests.Clear();
        return asked;
    }

    private sealed class Recorder(ConcurrentQueue<HubProgress> reports) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => reports.Enqueue(value);
    }

    private sealed class Canceller(CancellationTokenSource cancellation) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => cancellation.Cancel();
    }
}
