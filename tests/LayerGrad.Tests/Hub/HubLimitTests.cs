using LayerGrad.Hub;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Hub;

/// <summary>What a hub that means ill, or is broken, cannot do: hold the program up, fill its memory or its disk, write elsewhere, or come by a token.</summary>
public sealed class HubLimitTests : HubTest
{
    [Fact]
    public async Task A_pages_link_of_a_listing_is_not_followed()
    {
        // The real one lists a repository whole; a hub whose pages lead to each other is never asked twice.
        var listing = $$"""{"sha": "{{FakeHub.Commit}}", "siblings": [{"rfilename": "config.json"}]}""";
        Hub.Override = request => $"HTTP/1.1 200 OK\r\nLink: <{request.Path}?cursor=x>; rel=\"next\"\r\nContent-Length: {listing.Length}\r\n\r\n{listing}";
        using var client = new HubClient(Options());
        (await client.ListAsync(new HubRepository(false, "acme/tiny"))).Files.ShouldBe(["config.json"]);
        Hub.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_header_that_does_not_end_is_given_up()
    {
        Hub.Override = static _ => "HTTP/1.1 200 OK\r\nX-Long: ";
        Hub.ThenEvery = TimeSpan.FromMilliseconds(100);
        Hub.PieceBytes = 1;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        (await RefusalAsync(() => GetAsync("config.json", Options() with { Timeout = TimeSpan.FromMilliseconds(500), Retries = 1 }))).ShouldContain("no answer in time");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        Hub.ThenEvery = TimeSpan.Zero;
        Hub.PieceBytes = 1 << 20;
        (await RefusalAsync(() => GetAsync("config.json", Options() with { Retries = 1 }))).ShouldContain("could not be reached");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60_000)]
    public async Task A_file_that_comes_byte_by_byte_or_not_at_all_is_given_up(int pause)
    {
        Hub.AddLarge("model.safetensors", new byte[1 << 20]);
        Hub.Override = static request => request is not { Method: "GET", Path: "/cdn/model.safetensors" } ? null
            : request.Headers.TryGetValue("range", out var range) ? $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {range["bytes=".Length..^1]}-1048575/1048576\r\nContent-Length: 1000000\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n";
        Hub.ThenEvery = TimeSpan.FromMilliseconds(pause);
        Hub.PieceBytes = 10;
        var message = await RefusalAsync(() => GetAsync("model.safetensors", Options() with { Timeout = TimeSpan.FromMilliseconds(500), Retries = 1 }));
        message.ShouldContain("broke off 2 times without getting on: less than 64 KiB came within 0.5 s");
        Hub.Count("GET", "/cdn/").ShouldBe(2);
    }

    [Fact]
    public async Task A_file_is_bounded_by_what_was_told_of_it()
    {
        Hub.AddLarge("model.safetensors", new byte[1000]);
        Hub.Override = static request => request is { Method: "GET", Path: "/cdn/model.safetensors" } ? "HTTP/1.1 200 OK\r\n\r\n" : null;
        Hub.ThenEvery = TimeSpan.Zero;
        (await RefusalAsync(() => GetAsync("model.safetensors"))).ShouldContain("sends more than the 1000 bytes that 'model.safetensors' has");

        // Where nothing is told, and for what is small by its kind, there is a bound all the same.
        Hub.Override = static request => request.Method == "HEAD"
            ? $"HTTP/1.1 200 OK\r\nX-Repo-Commit: {FakeHub.Commit}\r\nETag: \"abc\"\r\nConnection: close\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n";
        (await RefusalAsync(() => GetAsync("other.safetensors"))).ShouldContain("sends more than the 134217728 bytes that 'other.safetensors' may have where its size is not told");
        Hub.Override = static _ => $"HTTP/1.1 200 OK\r\nX-Repo-Commit: {FakeHub.Commit}\r\nETag: \"abc\"\r\nContent-Length: 134217729\r\nConnection: close\r\n\r\n";
        Hub.ThenEvery = null;
        (await RefusalAsync(() => GetAsync("tokenizer.json"))).ShouldContain("a configuration or a tokenizer of more than 128 MiB is not fetched");
    }

    [Fact]
    public async Task A_wait_that_a_server_asks_for_has_its_bound()
    {
        Hub.Add("config.json", Config);
        var refusals = 2;
        Hub.Override = _ => Interlocked.Decrement(ref refusals) >= 0 ? "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n" : null;
        File.ReadAllText(await GetAsync("config.json", Options() with { LongestWait = TimeSpan.FromMilliseconds(50) })).ShouldBe(Config);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        Hub.Override = static request => $"HTTP/1.1 302 Found\r\nLocation: {request.Path}\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("redirects without end");
        Hub.Requests.Count.ShouldBe(11);
    }

    [Fact]
    public async Task A_token_does_not_follow_a_redirect_to_another_host()
    {
        Hub.Add("config.json", Config);
        Hub.Override = request => request.Path.StartsWith("/acme/old/", StringComparison.Ordinal)
            ? $"HTTP/1.1 307 Temporary Redirect\r\nLocation: {Hub.Cdn}{request.Path.Replace("old", "tiny", StringComparison.Ordinal)[1..]}\r\nContent-Length: 0\r\n\r\n"
            : null;
        using var client = new HubClient(Options() with { Token = "hf_secret" });
        File.ReadAllText(await client.GetFileAsync(new HubRepository(false, "acme/old"), "config.json")).ShouldBe(Config);
        Hub.Requests.ShouldContain(static request => request.Headers["host"].StartsWith("localhost", StringComparison.Ordinal));
        foreach (var request in Hub.Requests)
            request.Headers.ContainsKey("authorization").ShouldBe(request.Headers["host"].StartsWith("127.0.0.1", StringComparison.Ordinal), request.Path);
    }

    [Fact]
    public async Task Out_of_reach_is_theHub_s_failure_and_a_wrong_name_is_the_user_s()
    {
        Hub.Override = static _ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        MachineException.IsBehind(await Should.ThrowAsync<InputException>(() => GetAsync("config.json"))).ShouldBeTrue();
        Hub.Override = static _ => "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";
        MachineException.IsBehind(await Should.ThrowAsync<InputException>(() => GetAsync("config.json"))).ShouldBeTrue();
        Hub.Override = static _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        MachineException.IsBehind(await Should.ThrowAsync<InputException>(() => GetAsync("config.json"))).ShouldBeFalse();
    }

    [Fact]
    public async Task A_folder_of_theCache_that_is_a_link_is_not_written_into()
    {
        Hub.Add("sub/config.json", Config);
        using var elsewhere = new TemporaryFolder();
        var snapshot = Path.Combine(Cache, "models--acme--tiny", "snapshots", FakeHub.Commit);
        Directory.CreateDirectory(snapshot);
        Directory.CreateSymbolicLink(Path.Combine(snapshot, "sub"), elsewhere.Path);
        (await RefusalAsync(() => GetAsync("sub/config.json"))).ShouldContain("is a link in the hub's cache");
        Directory.GetFileSystemEntries(elsewhere.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Content-Length: 99999999999\r\n\r\n{", 1000, "larger than 128 MiB")]
    [InlineData("\r\n{", 0, "larger than 128 MiB")]
    [InlineData("Content-Length: 134217728\r\n\r\n{", 200, "did not end in time")]
    public async Task A_listing_without_end_is_refused(string rest, int milliseconds, string expected)
    {
        Hub.Override = _ => "HTTP/1.1 200 OK\r\n" + rest;
        Hub.ThenEvery = TimeSpan.FromMilliseconds(milliseconds);
        var timeout = milliseconds == 0 ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(2);
        var message = await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, Options() with { Timeout = timeout }));
        message.ShouldContain(expected);
        message.ShouldContain("acme/tiny");
    }

    [Theory]
    [InlineData("https://hub/a", "http://cdn/b", null)]
    [InlineData("https://hub/a", "file:///etc/passwd", null)]
    [InlineData("http://hub/a", "ftp://cdn/b", null)]
    [InlineData("https://hub/a", "/b", "https://hub/b")]
    [InlineData("http://hub/a", "https://cdn/b", "https://cdn/b")]
    public void A_redirect_leads_to_http_and_never_back_from_https(string from, string location, string? expected)
    {
        var target = new Uri(location, UriKind.RelativeOrAbsolute);
        if (expected is null)
            Should.Throw<HubUnreachableException>(() => HubHttp.Redirected(new Uri(from), target)).Message.ShouldContain("not followed");
        else
            HubHttp.Redirected(new Uri(from), target).ShouldBe(new Uri(expected));
    }

    [Fact]
    public void A_redirect_to_no_address_is_told_in_a_line() =>
        Should.Throw<HubUnreachableException>(() => HubHttp.Redirected(new Uri("https://hub.example/a"), new Uri("//", UriKind.RelativeOrAbsolute)))
            .Message.ShouldBe("hub.example redirects to '//', which is no address");

    [Fact]
    public async Task A_file_that_lies_at_no_http_address_is_refused()
    {
        Hub.Override = static _ => $"HTTP/1.1 302 Found\r\nX-Repo-Commit: {FakeHub.Commit}\r\nX-Linked-Etag: \"abc\"\r\nLocation: ftp://elsewhere/file\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("not followed");
    }

    [Theory]
    [InlineData("../../../evil.safetensors")]
    [InlineData("/etc/evil")]
    [InlineData("a/../../b")]
    [InlineData("a\\\\..\\\\b")]
    [InlineData("C:evil")]
    [InlineData("a/.. /b")]
    [InlineData("...")]
    [InlineData("a//b")]
    [InlineData("a\\u0000b")]
    [InlineData("\\\\\\\\host\\\\share")]
    public async Task Nothing_is_written_outside_theCache(string path)
    {
        Hub.Listing = $$"""{"sha": "{{FakeHub.Commit}}", "siblings": [{"rfilename": "{{path}}"}]}""";
        using var client = new HubClient(Options());
        (await RefusalAsync(() => client.GetFolderAsync(new HubRepository(false, "acme/tiny"), static (files, _) => files))).ShouldContain("refused");
        Hub.Count("HEAD", "").ShouldBe(0);
    }

    [Fact]
    public async Task An_etag_or_commit_that_is_a_path_is_refused()
    {
        Hub.Add(new FakeFile("config.json", "{}"u8.ToArray(), large: false) { ETag = "../../evil" });
        (await RefusalAsync(() => GetAsync("config.json"))).ShouldContain("ETag");
        Hub.Listing = """{"sha": "../../../evil", "siblings": []}""";
        (await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, Options()))).ShouldContain("not a commit");
    }

    [Fact]
    public async Task A_shard_index_that_points_outside_is_refused()
    {
        Hub.Add("config.json", Config);
        Hub.Add("model.safetensors.index.json", """{"weight_map": {"w": "../../evil.safetensors"}}""");
        (await RefusalAsync(() => ModelResolver.ResolveAsync("acme/tiny", null, Options()))).ShouldContain("refused");
    }
}
