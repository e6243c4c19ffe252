using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LayerGrad.Tests.Support;

/// <summary>An HTTP server on the loopback address that answers as a test tells it.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<HttpListenerContext, string, Task> _handle;
    private readonly Task _loop;

    /// <summary>Starts to serve.</summary>
    /// <param name="handle">Answers one request, given its body; called at once for every request.</param>
    public LoopbackServer(Func<HttpListenerContext, string, Task> handle)
    {
        _handle = handle;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Address.AbsoluteUri);
        _listener.Start();
        _loop = Task.Run(ServeAsync);
    }

    /// <summary>The server's address.</summary>
    public Uri Address { get; }

    /// <summary>Sends a text with a status and closes the response.</summary>
    public static async Task RespondAsync(HttpListenerContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
        context.Response.Close();
    }

    public void Dispose()
    {
        _listener.Close();
        _loop.Wait(TimeSpan.FromSeconds(10));
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return; // Closed: the test is over.
            }

            _ = Task.Run(() => AnswerAsync(context));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            await _handle(context, await reader.ReadToEndAsync());
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or IOException)
        {
            // The client went away, as some tests mean it to.
        }
    }
}
