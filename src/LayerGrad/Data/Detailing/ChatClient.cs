using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Data.Detailing;

/// <summary>
/// Asks a server that speaks OpenAI's chat completions (<c>POST {endpoint}/chat/completions</c>), as vLLM, llama.cpp,
/// Ollama and the commercial ones do, and asks again when a failure may pass.
/// </summary>
internal sealed class ChatClient : IDisposable
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);
    private readonly DetailOptions _options;
    private readonly HttpClient _http;
    private readonly Uri _address;

    public ChatClient(DetailOptions options)
    {
        if (options.Endpoint.Scheme == "https")
            OpenSsl.Require($"--endpoint {options.Endpoint}");
        _options = options;
        _address = new Uri(options.Endpoint.AbsoluteUri.TrimEnd('/') + "/chat/completions");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = options.Timeout };
        if (options.Key is { } key)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>One response.</summary>
    /// <exception cref="InputException">The server refuses, or still fails after all repetitions; with its words.</exception>
    public async Task<ChatReply> AskAsync(string system, string user, double temperature, CancellationToken cancellation)
    {
        var body = Body(system, user, temperature);
        for (var repetition = 0; ; repetition++)
        {
            var (reply, failure, wait) = await TryAskAsync(body, cancellation).ConfigureAwait(false);
            if (reply is not null)
                return reply;
            if (repetition == _options.Retries)
                throw new InputException($"{_address}: {failure}, {_options.Retries + 1} times in a row; what is done is kept, run the command again to go on.");
            await Task.Delay(wait ?? Wait(repetition), cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(ChatReply? Reply, string Failure, TimeSpan? Wait)> TryAskAsync(byte[] body, CancellationToken cancellation)
    {
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _http.PostAsync(_address, content, cancellation).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return Parse(text) is { } reply ? (reply, "", null) : (null, $"the response is no chat completion ({Excerpt(text)})", null);
            var said = $"{(int)response.StatusCode} {response.ReasonPhrase} ({Excerpt(text)})";
            if (!MayPass(response.StatusCode))
                throw new InputException($"{_address}: the server refuses: {said}; check the endpoint, the model's name and the key.");
            return (null, said, RetryAfter(response));
        }
        catch (HttpRequestException error)
        {
            return (null, error.InnerException?.Message ?? error.Message, null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"no response within {_options.Timeout.TotalSeconds:0.#} s", null);
        }
    }

    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - DateTimeOffset.UtcNow,
            _ => (TimeSpan?)null,
        };
        return wait is null ? null : TimeSpan.FromTicks(Math.Clamp(wait.Value.Ticks, 0, s_longestWait.Ticks));
    }

    private TimeSpan Wait(int repetition) =>
        TimeSpan.FromTicks((long)Math.Min(_options.Backoff.Ticks * Math.Pow(2, repetition), s_longestWait.Ticks));

    private byte[] Body(string system, string user, double temperature)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("model", _options.Model);
            json.WriteStartArray("messages");
            foreach (var (role, content) in new[] { ("system", system), ("user", user) })
            {
                json.WriteStartObject();
                json.WriteString("role", role);
                json.WriteString("content", content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("temperature", temperature);
            json.WriteNumber("max_tokens", _options.MaxTokens);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>The reply in a chat completion; null where the text is none.</summary>
    private static ChatReply? Parse(string text)
    {
        try
        {
            var root = ForeignJson.Parse(Encoding.UTF8.GetBytes(text), "the response");
            if (root.Array("choices").Select(static choice => choice.Object("message").Text("content")).FirstOrDefault() is not { } content)
                return null;
            var usage = root.OptionalObject("usage");
            return new ChatReply(content, usage?.Find("prompt_tokens")?.AsLong(0) ?? 0, usage?.Find("completion_tokens")?.AsLong(0) ?? 0);
        }
        catch (InputException)
        {
            // Told, with an excerpt, like any other response that is no chat completion.
            return null;
        }
    }

    private static string Excerpt(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length switch { 0 => "empty", <= 160 => line, _ => line[..160] + "..." };
    }
}
