using System.Text;
using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Data.Detailing;

/// <summary>
/// Every reply of the server, kept beside the dataset as JSON Lines as soon as it arrives, so that nothing is paid for
/// twice. A line that a killed run left unfinished is ignored, and its request sent again.
/// </summary>
internal sealed class DetailCache : IDisposable
{
    private readonly Dictionary<string, ChatReply> _replies = new(StringComparer.Ordinal);
    private readonly FileStream _file;
    private readonly Lock _lock = new();

    private static ReadOnlySpan<byte> Beginning => "{\"key\":\""u8;

    public DetailCache(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        var line = 0;
        foreach (var text in Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Remember(text, path, ++line);
        // A cache begins like this from its first reply on; anything else is somebody's file.
        if (whole == 0 && !bytes.AsSpan().StartsWith(Beginning) && !Beginning.StartsWith(bytes))
            throw new InputException($"{path}: holds something else than replies; move it away, or name another --out.");
        _file.SetLength(whole);
        _file.Position = whole;
    }

    /// <summary>What identifies a request: the model, the prompt, and the number of the attempt.</summary>
    public static string Key(string model, string prompt, int attempt) =>
        Convert.ToHexStringLower(Sha256.Of(Encoding.UTF8.GetBytes($"{model}\n{DetailPrompt.System}\n{prompt}\n{attempt}")));

    /// <summary>A reply from this run or an earlier one; null where the request was never answered.</summary>
    public ChatReply? Find(string key)
    {
        lock (_lock)
            return _replies.GetValueOrDefault(key);
    }

    public void Add(string key, ChatReply reply)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteString("text", reply.Text);
            json.WriteNumber("tokens_in", reply.TokensIn);
            json.WriteNumber("tokens_out", reply.TokensOut);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        lock (_lock)
        {
            _replies[key] = reply;
            _file.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
            _file.Flush();
        }
    }

    public void Dispose() => _file.Dispose();

    private void Remember(string text, string path, int line)
    {
        var value = ForeignJson.ParseLine(Encoding.UTF8.GetBytes(text), path, line);
        _replies[value.Text("key")] = new ChatReply(value.Text("text"), value.Require("tokens_in").AsLong(0), value.Require("tokens_out").AsLong(0));
    }
}
