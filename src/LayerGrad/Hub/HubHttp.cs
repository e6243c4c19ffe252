using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace LayerGrad.Hub;

/// <summary>
/// Requests to the hub: the token goes to the endpoint's own host alone, redirects are followed by hand for that reason,
/// and what may pass (a broken connection, 408, 429, 5xx) is tried again with growing waits. Every try has a time limit, and so has the reading of
/// an answer. Repetitions and time limits are Polly's (https://www.pollydocs.org).
/// </summary>
internal sealed class HubHttp : IDisposable
{
    /// <summary>Bytes of an answer that is read into memory at most, and of a file that is small by its kind: the listing of a million files has fewer.</summary>
    internal const int MostBytes = 128 << 20;

    private const int MostRedirects = 10;

    private readonly HubOptions _options;
    private readonly HttpClient _client;
    private readonly ResiliencePipeline _limit;
    private readonly ResiliencePipeline<HttpResponseMessage> _tries;

    public HubHttp(HubOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.Timeout,
            UseCookies = false,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("layergrad", typeof(HubHttp).Assembly.GetName().Version?.ToString(3) ?? "0"));
        _client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        _limit = new ResiliencePipelineBuilder().AddTimeout(options.Timeout).Build();
        _tries = CreateTries();
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The address of a path on the hub.</summary>
    public Uri Address(string path) => new(_options.Endpoint.AbsoluteUri.TrimEnd('/') + path);

    /// <summary>Sends a request until it is answered by something that another try would not change.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">The address.</param>
    /// <param name="from">The first byte wanted.</param>
    /// <param name="follows">Whether a redirect to an address is followed; otherwise the redirect itself is the answer.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <returns>The answer with its body unread.</returns>
    /// <exception cref="HubUnreachableException">All tries failed.</exception>
    /// <exception cref="InputException">OpenSSL is missing, which TLS and the check of what comes in need.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool> follows, CancellationToken cancellation)
    {
        OpenSsl.Require($"a download from {address.Authority}");
        var tries = 0;
        HttpResponseMessage response;
        try
        {
            response = await _tries.ExecuteAsync(
                async token =>
                {
                    tries++;
                    return await SendOnceAsync(method, address, from, follows, token);
                },
                cancellation);
        }
        catch (Exception error) when (MayPass(error, cancellation))
        {
            throw new HubUnreachableException($"{address.Authority} could not be reached: {HubError.OneLine(Innermost(error))}", error);
        }

        if ((int)response.StatusCode < 500)
            return response;
        using (response)
            throw new HubUnreachableException($"{address.Authority} answered {(int)response.StatusCode} {tries} times", null);
    }

    /// <summary>The wait before a repetition: what the server asks for, or twice as long each time.</summary>
    public TimeSpan WaitAfter(HttpResponseMessage? response, int attempt)
    {
        var asked = response?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - DateTimeOffset.UtcNow,
            _ => TimeSpan.Zero,
        };
        var own = _options.RetryDelay * Math.Pow(2, attempt);
        var wait = asked > own ? asked : own;
        return wait < _options.LongestWait ? wait : _options.LongestWait;
    }

    /// <summary>Reads an answer's body whole, within the size and the time that an answer may take.</summary>
    /// <param name="response">The answer, its body unread.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The body.</returns>
    /// <exception cref="InputException">The body is larger than <see cref="MostBytes"/>.</exception>
    /// <exception cref="HubUnreachableException">The connection broke, or the body did not end within the time limit.</exception>
    public async Task<byte[]> ReadWholeAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength > MostBytes)
            throw TooLarge();
        try
        {
            // For the body in all: a server that sends a byte a minute ends too.
            return await _limit.ExecuteAsync(
                async token =>
                {
                    using var body = await response.Content.ReadAsStreamAsync(token);
                    using var whole = new MemoryStream();
                    var buffer = new byte[1 << 16];
                    while (await body.ReadAsync(buffer, token) is > 0 and var count)
                    {
                        if (whole.Length + count > MostBytes)
                            throw TooLarge();
                        whole.Write(buffer, 0, count);
                    }
                    return whole.ToArray();
                },
                cancellation);
        }
        catch (Exception error) when (MayPass(error, cancellation))
        {
            var why = error is TimeoutRejectedException or OperationCanceledException ? "its answer did not end in time" : HubError.OneLine(Innermost(error));
            throw new HubUnreachableException($"{_options.Endpoint.Authority}: {why}", error);
        }
    }

    private static InputException TooLarge() => new($"its answer is larger than {MostBytes >> 20} MiB");

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool> follows, CancellationToken cancellation)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(method, address);
            if (from > 0)
                request.Headers.Range = new RangeHeaderValue(from, null);
            if (_options.Token is not null && IsEndpoint(address))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
            var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } location || !follows(response))
                return response;
            response.Dispose();
            if (redirects >= MostRedirects)
                throw new HubUnreachableException($"{address.Authority} redirects without end", null);
            address = Redirected(address, location);
        }
    }

    /// <summary>Where a redirect leads: to http or https, and never from https to http.</summary>
    /// <exception cref="HubUnreachableException">The redirect leads elsewhere.</exception>
    internal static Uri Redirected(Uri from, Uri location)
    {
        if (!Uri.TryCreate(from, location, out var next))
            throw new HubUnreachableException(HubError.OneLine($"{from.Authority} redirects to '{location.OriginalString}', which is no address"), null);
        return next.Scheme is "http" or "https" && !(from.Scheme == "https" && next.Scheme == "http")
            ? next
            : throw new HubUnreachableException(HubError.OneLine($"{from.Authority} redirects to {next.Scheme}://{next.Authority}, which is not followed"), null);
    }

    private bool IsEndpoint(Uri address) => address.Scheme == _options.Endpoint.Scheme && address.Authority == _options.Endpoint.Authority;

    /// <summary>A time limit for each try, redirects included, and repetitions around it.</summary>
    private ResiliencePipeline<HttpResponseMessage> CreateTries()
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage>();
        if (_options.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = _options.Retries,
                ShouldHandle = args => ValueTask.FromResult(
                    args.Outcome.Exception is { } error ? MayPass(error, args.Context.CancellationToken) : args.Outcome.Result is { } response && MayPass(response.StatusCode)),
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(WaitAfter(args.Outcome.Result, args.AttemptNumber)),
            });
        }

        return builder.AddTimeout(_options.Timeout).Build();
    }

    private static bool MayPass(HttpStatusCode status) =>
        (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;

    private static bool MayPass(Exception error, CancellationToken cancellation) =>
        error is HttpRequestException or IOException or TimeoutRejectedException || (error is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static string Innermost(Exception error) =>
        error is TimeoutRejectedException or OperationCanceledException ? "no answer in time" : error.GetBaseException().Message.TrimEnd('.');
}
