using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LayerGrad.Fuzz.Mutations;
using LayerGrad.Fuzz.Workers;
using LayerGrad.Hub;
using LayerGrad.Json;

namespace LayerGrad.Fuzz.Targets;

/// <summary>
/// The hub's answers. An input is a JSON array of them, in the order in which they are given: status, headers and body. They are sent by a server on the
/// loopback address that checks nothing, and the connection is closed after each.
/// </summary>
internal sealed class HubTarget : FuzzTarget
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private static readonly JsonMutation s_answers = new(
        "Location", "Content-Length", "Content-Range", "Transfer-Encoding", "chunked", "ETag", "X-Linked-Etag", "X-Linked-Size", "X-Repo-Commit", "X-Error-Code", "EntryNotFound", "GatedRepo", "Retry-After", "-5", "1e9",
        "/elsewhere", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "//", "sha", "siblings", "rfilename", "../../x", "/etc/passwd", "config.json", "a\\b", "CON", "{\"sha\":1}", "<html>", Commit);

    private TcpListener? _listener;
    private JsonValue[] _answers = [];
    private int _next;
    private Task _serving = Task.CompletedTask;

    public override string Name => "hub";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Answers(Answer(200, "", Listing("config.json")), Answer(200, $"\"ETag\":\"\\\"abc\\\"\",\"X-Repo-Commit\":\"{Commit}\",\"Content-Length\":\"2\"", ""), Answer(200, "\"ETag\":\"\\\"abc\\\"\"", "{}")),
        Answers(
            Answer(200, "", Listing("config.json")), Answer(302, $"\"Location\":\"/cdn\",\"X-Linked-Etag\":\"\\\"abd\\\"\",\"X-Linked-Size\":\"2\",\"X-Repo-Commit\":\"{Commit}\"", ""),
            Answer(206, "\"Content-Range\":\"bytes 0-1/2\"", "{}")),
    ];

    public override byte[] Mutate(byte[] input, Random random) => s_answers.Mutate(input, random);

    public override void Prepare(string folder)
    {
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public override Verdict Read(byte[] input, string folder)
    {
        // What is not even a list of answers is sent as one body. The script of the answers is ours and stays valid UTF-8.
        var script = Encoding.UTF8.GetString(input);
        try
        {
            _answers = [.. ForeignJson.Parse(Encoding.UTF8.GetBytes(script), "answers").Items()];
        }
        catch (InputException)
        {
            _answers = [ForeignJson.Parse(Encoding.UTF8.GetBytes($"{{\"body\":{JsonTree.Quote(script)}}}"), "body")];
        }

        // A server that is gone would answer nothing, and every input would seem to be refused.
        if (_serving.IsFaulted)
            _serving.GetAwaiter().GetResult();
        _next = 0;
        var cache = Path.Combine(folder, "hub");
        var options = new HubOptions
        {
            Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener!.LocalEndpoint).Port}"),
            CacheFolder = cache,
            Parallelism = 1,
            Retries = 1,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            LongestWait = TimeSpan.FromMilliseconds(5), // not what Retry-After says
            Timeout = TimeSpan.FromSeconds(2),
        };
        try
        {
            using var client = new HubClient(options);
            client.GetFolderAsync(HubRepository.TryParse("acme/tiny", isDataset: false)!, static (files, _) => files).GetAwaiter().GetResult();
        }
        finally
        {
            if (Directory.Exists(cache))
                Directory.Delete(cache, recursive: true);
        }

        return Directory.EnumerateFileSystemEntries(folder).Any() ? Verdict.Finding("a file was written outside the cache") : Verdict.Read;
    }

    private static byte[] Answers(params string[] answers) => Encoding.UTF8.GetBytes($"[{string.Join(',', answers)}]");

    private static string Answer(int status, string headers, string body) => $"{{\"status\":{status.ToString(CultureInfo.InvariantCulture)},\"headers\":{{{headers}}},\"body\":{(body.StartsWith("{\"", StringComparison.Ordinal) ? body : JsonTree.Quote(body))}}}";

    private static string Listing(params string[] files) => $"{{\"sha\":\"{Commit}\",\"siblings\":[{string.Join(',', files.Select(static file => $"{{\"rfilename\":\"{file}\"}}"))}]}}";

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _listener!.AcceptTcpClientAsync();
            try
            {
                var stream = client.GetStream();
                var isHead = await ReadRequestAsync(stream);
                await stream.WriteAsync(Response(isHead));
                client.Client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception error) when (error is IOException or SocketException)
            {
                // The client had enough.
            }
        }
    }

    private static async Task<bool> ReadRequestAsync(NetworkStream stream)
    {
        var (buffer, request) = (new byte[4096], "");
        while (!request.Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer) is > 0 and var read)
            request += Encoding.Latin1.GetString(buffer, 0, read);
        return request.StartsWith("HEAD", StringComparison.Ordinal);
    }

    private byte[] Response(bool isHead)
    {
        if (_next >= _answers.Length)
            return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray();
        var answer = _answers[_next++].Element;
        string Part(string name, string otherwise) => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var part) ? part.ValueKind == JsonValueKind.String ? Text(part) : part.GetRawText() : otherwise;
        var body = Encoding.UTF8.GetBytes(Part("body", ""));
        var head = new StringBuilder($"HTTP/1.1 {Part("status", "200")} X\r\nConnection: close\r\n");
        var hasLength = false;
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object)
        {
            foreach (var header in headers.EnumerateObject())
            {
                var name = HeaderName(header);
                head.Append(name).Append(": ").Append(header.Value.ValueKind == JsonValueKind.String ? Text(header.Value) : header.Value.GetRawText()).Append("\r\n");
                hasLength |= name is "Content-Length" or "Transfer-Encoding";
            }
        }

        if (!hasLength)
            head.Append("Content-Length: ").Append(body.Length.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        return [.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. isHead ? [] : body];
    }

    private static string HeaderName(JsonProperty header)
    {
        try
        {
            return header.Name;
        }
        catch (InvalidOperationException)
        {
            return "X"; // half a surrogate pair
        }
    }

    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return element.GetRawText(); // half a surrogate pair
        }
    }
}
