using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace LayerGrad.Tests.Hub;

/// <summary>
/// A hub on loopback that speaks the API and the redirects of the real one, and can be told to break, to lie, to
/// refuse and to stall.
/// </summary>
internal sealed class FakeHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    /// <summary>The commit of <c>refs/convert/parquet</c>, the hub's own conversion of a dataset.</summary>
    public const string ConvertedCommit = "89abcdef0123456789abcdef0123456789abcdef";

    private static readonly byte[] s_spaces = [.. Enumerable.Repeat((byte)' ', 1 << 20)];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, FakeFile> _files = [];
    private readonly Dictionary<string, FakeFile> _converted = [];
    private long _bodyBytes;

    public FakeHub()
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Another host's name for the same server, so that tokens must not be sent to it.</summary>
    public Uri Cdn => new($"http://localhost:{Address.Port}");

    /// <summary>Method, path and headers of what was asked, in order.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>Bytes of file contents that were sent.</summary>
    public long BodyBytes => Interlocked.Read(ref _bodyBytes);

    /// <summary>Answers instead of the usual, while it returns something: status line and headers, then the body.</summary>
    public Func<FakeRequest, string?>? Override { get; set; }

    /// <summary>Where set, an answer of <see cref="Override"/> never ends: spaces follow it, a piece after each such pause.</summary>
    public TimeSpan? ThenEvery { get; set; }

    /// <summary>How many spaces such a piece has.</summary>
    public int PieceBytes { get; set; } = 1 << 20;

    /// <summary>After how many bytes of a body the connection is closed.</summary>
    public Func<FakeRequest, long>? CutAfter { get; set; }

    /// <summary>Whether a cut is a reset rather than an early end.</summary>
    public bool CutsWithReset { get; set; }

    /// <summary>The answer of the listing, for lies.</summary>
    public string? Listing { get; set; }

    public string Repository { get; set; } = "acme/tiny";

    public void Add(string path, string text) => Add(new FakeFile(path, Encoding.UTF8.GetBytes(text), large: false));

    public void AddConverted(string path, byte[] bytes) => _converted[path] = new FakeFile(path, bytes, large: false);

    public void AddLarge(string path, byte[] bytes) => Add(new FakeFile(path, bytes, large: true));

    public void Add(FakeFile file) => _files[file.Path] = file;

    public int Count(string method, string pathPart) => Requests.Count(request => request.Method == method && request.Path.Contains(pathPart, StringComparison.Ordinal));

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // stopped
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, false, 1024, leaveOpen: true);
                while (await FakeRequest.ReadAsync(reader) is { } request)
                {
                    Requests.Enqueue(request);
                    if (!await AnswerAsync(client, stream, request))
                        return;
                }
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
            {
                // the other side went away
            }
        }
    }

    /// <returns>Whether the connection stays open.</returns>
    private async Task<bool> AnswerAsync(TcpClient client, NetworkStream stream, FakeRequest request)
    {
        if (Override?.Invoke(request) is { } instead)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(instead), _stop.Token);
            while (ThenEvery is { } pause)
            {
                await Task.Delay(pause, _stop.Token);
                await stream.WriteAsync(s_spaces.AsMemory(0, PieceBytes), _stop.Token); // ends when the other side goes away
            }
            return false;
        }
        if (request.Path == $"/api/models/{Repository}/revision/main" || request.Path == $"/api/datasets/{Repository}/revision/main" || request.Path.EndsWith(Commit, StringComparison.Ordinal))
        {
            var listing = Listing ?? new JsonObject
            {
                ["sha"] = Commit,
                ["siblings"] = new JsonArray([.. _files.Keys.Select(static path => (JsonNode)new JsonObject { ["rfilename"] = path })]),
            }.ToJsonString();
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(listing)}\r\n\r\n{listing}"), _stop.Token);
            return true;
        }
        if (_converted.Count > 0 && (request.Path.EndsWith("/revision/refs%2Fconvert%2Fparquet", StringComparison.Ordinal) || request.Path.EndsWith("/revision/" + ConvertedCommit, StringComparison.Ordinal)))
        {
            var listing = new JsonObject
            {
                ["sha"] = ConvertedCommit,
                ["siblings"] = new JsonArray([.. _converted.Keys.Select(static path => (JsonNode)new JsonObject { ["rfilename"] = path })]),
            }.ToJsonString();
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(listing)}\r\n\r\n{listing}"), _stop.Token);
            return true;
        }
        if (request.Path.StartsWith("/cdn/", StringComparison.Ordinal) && _files.TryGetValue(request.Path[5..], out var content))
            return await SendAsync(client, stream, request, content, "ETag: \"cdn\"\r\n");
        var marker = request.Path.IndexOf("/resolve/", StringComparison.Ordinal);
        if (marker < 0 || !request.Path.Contains(Repository, StringComparison.Ordinal))
            return await RefuseAsync(stream, "404 Not Found", "RepoNotFound");
        var (revision, path) = request.Path[(marker + 9)..].Split('/', 2) is [var first, var rest] ? (first, Uri.UnescapeDataString(rest)) : ("", "");
        if (revision == ConvertedCommit && _converted.TryGetValue(path, out var converted))
            return await SendAsync(client, stream, request, converted, $"X-Repo-Commit: {ConvertedCommit}\r\nETag: \"{converted.ETag}\"\r\n");
        if (!_files.TryGetValue(path, out var file))
            return await RefuseAsync(stream, "404 Not Found", "EntryNotFound");
        if (!file.Large)
            return await SendAsync(client, stream, request, file, $"X-Repo-Commit: {Commit}\r\nETag: \"{file.ETag}\"\r\nContent-Type: text/plain\r\n");
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 302 Found\r\nX-Repo-Commit: {Commit}\r\nX-Linked-Size: {file.Size}\r\nX-Linked-Etag: \"{file.ETag}\"\r\nETag: \"cdn-x\"\r\nLocation: {Cdn}cdn/{path}\r\nContent-Length: 0\r\n\r\n"), _stop.Token);
        return true;
    }

    private static async Task<bool> RefuseAsync(NetworkStream stream, string status, string code)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nX-Error-Code: {code}\r\nX-Repo-Commit: {Commit}\r\nContent-Length: 0\r\n\r\n"));
        return true;
    }

    private async Task<bool> SendAsync(TcpClient client, NetworkStream stream, FakeRequest request, FakeFile file, string headers)
    {
        var from = request.Headers.TryGetValue("range", out var range) ? long.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        var status = from > 0 ? $"206 Partial Content\r\nContent-Range: bytes {from}-{file.Size - 1}/{file.Size}" : "200 OK";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{headers}Accept-Ranges: bytes\r\nContent-Length: {file.Size - from}\r\n\r\n"), _stop.Token);
        if (request.Method == "HEAD")
            return true;
        var end = from + Math.Min(file.Size - from, CutAfter?.Invoke(request) ?? long.MaxValue);
        var buffer = new byte[1 << 16];
        for (var position = from; position < end;)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, end - position));
            file.Fill(position, part.Span);
            await stream.WriteAsync(part, _stop.Token);
            Interlocked.Add(ref _bodyBytes, part.Length);
            position += part.Length;
        }
        if (end < file.Size && CutsWithReset)
            client.Client.LingerState = new LingerOption(true, 0);
        return end == file.Size;
    }
}

/// <summary>A request as the server saw it.</summary>
internal sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public static async Task<FakeRequest?> ReadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync() is not { Length: > 0 } first)
            return null;
        var headers = new Dictionary<string, string>();
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon].ToLowerInvariant()] = line[(colon + 1)..].Trim();
        }
        var parts = first.Split(' ');
        return new FakeRequest(parts[0], parts[1], headers);
    }
}

/// <summary>A file of the fake hub: given bytes, or any number of bytes made from their positions.</summary>
internal sealed class FakeFile
{
    private readonly byte[]? _bytes;

    public FakeFile(string path, byte[] bytes, bool large)
    {
        (Path, _bytes, Size, Large) = (path, bytes, bytes.Length, large);
#pragma warning disable CA5350 // git's own hash
        ETag = large
            ? Convert.ToHexStringLower(SHA256.HashData(bytes))
            : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));
#pragma warning restore CA5350
    }

    public FakeFile(string path, long size)
    {
        (Path, Size, Large) = (path, size, true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var position = 0L; position < size; position += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - position));
            Fill(position, part);
            hash.AppendData(part);
        }
        ETag = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public string Path { get; }

    public long Size { get; }

    public bool Large { get; }

    public string ETag { get; set; }

    public void Fill(long position, Span<byte> destination)
    {
        if (_bytes is not null)
        {
            _bytes.AsSpan((int)position, destination.Length).CopyTo(destination);
            return;
        }
        for (var i = 0; i < destination.Length; i++)
        {
            var at = (ulong)(position + i);
            destination[i] = (byte)(((at >> 3) * 0x9E3779B97F4A7C15) >> (int)(8 * (at & 7)));
        }
    }
}
