using System.Net;
using System.Net.Http.Headers;

namespace LayerGrad.Hub;

/// <summary>
/// Requests to the hub: the token goes to the endpoint's own host alone, redirects are followed by hand for that reason,
/// and what may pass (a broken connection, 408, 429, 5xx) is tried again with growing waits.
/// </summary>
internal sealed class HubHttp : IDisposable
{
    private const int MostRedirects = 10;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(5);

    private readonly HubOptions _options;
    private readonly HttpClient _client;

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
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan wait;
            try
            {
                var response = await SendOnceAsync(method, address, from, follows, cancellation);
                if (!MayPass(response.StatusCode) || attempt >= _options.Retries)
                {
                    if ((int)response.StatusCode < 500)
                        return response;
                    using (response)
                        throw new HubUnreachableException($"{address.Authority} answered {(int)response.StatusCode} {attempt + 1} times", null);
                }
                wait = WaitAfter(response, attempt);
                response.Dispose();
            }
            catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                if (attempt >= _options.Retries)
                    throw new HubUnreachableException($"{address.Authority} could not be reached: {HubError.OneLine(Innermost(error))}", error);
                wait = WaitAfter(null, attempt);
            }
            await Task.Delay(wait, cancellation);
        }
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
        return wait < s_longestWait ? wait : s_longestWait;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool> follows, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        for (var redirects = 0; ; redirects++)
        {
            limit.CancelAfter(_options.Timeout);
            using var request = new HttpRequestMessage(method, address);
            if (from > 0)
                request.Headers.Range = new RangeHeaderValue(from, null);
            if (_options.Token is not null && IsEndpoint(address))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
            var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } location || !follows(response))
                return response;
            response.Dispose();
            if (redirects >= MostRedirects)
                throw new HubUnreachableException($"{address.Authority} redirects without end", null);
            var next = new Uri(address, location);
            if (next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http"))
                throw new HubUnreachableException($"{address.Authority} redirects to {next.Scheme}://{next.Authority}, which is not followed", null);
            address = next;
        }
    }

    private bool IsEndpoint(Uri address) => address.Scheme == _options.Endpoint.Scheme && address.Authority == _options.Endpoint.Authority;

    private static bool MayPass(HttpStatusCode status) =>
        (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;

    private static string Innermost(Exception error) =>
        error is OperationCanceledException ? "no answer in time" : error.GetBaseException().Message.TrimEnd('.');
}
