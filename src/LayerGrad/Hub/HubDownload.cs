using System.Net;
using Polly;
using Polly.Retry;

namespace LayerGrad.Hub;

/// <summary>
/// Downloads one content into the cache. What has arrived stays in <c>ETAG.incomplete</c>; a broken connection, or the next
/// run, goes on behind it. The file gets its name only when its size and its hash are right. A server that sends nothing, or next to nothing,
/// is given up as one that breaks off is.
/// </summary>
internal sealed class HubDownload(HubHttp http, HubOptions options, HubRepository repository)
{
    private const int BufferBytes = 1 << 18;

    /// <summary>What a connection must bring within each <see cref="HubOptions.Timeout"/>: a kibibyte a second of the usual minute.</summary>
    private const int LeastBytes = 1 << 16;

    /// <summary>Downloads a content.</summary>
    /// <param name="file">The file, as the hub describes it.</param>
    /// <param name="blob">Where its content belongs.</param>
    /// <param name="refresh">Asks the hub anew where the content is, because signed addresses expire.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellation">Ends the download; what has arrived stays.</param>
    public async Task RunAsync(HubFile file, string blob, Func<Task<HubFile>> refresh, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        var incomplete = blob + ".incomplete";
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        for (var whole = 0; ; whole++)
        {
            if (await TryAsync(file, incomplete, refresh, progress, cancellation))
                break;
            // Wrong contents: of an earlier run's remains, or of the server; from the beginning once more.
            File.Delete(incomplete);
            if (whole > 0)
                throw new InputException($"{repository.Display}: '{file.Path}' arrives with the wrong contents (its hash is not {file.ETag}); nothing of it is kept, try again later");
        }
        File.Move(incomplete, blob, overwrite: true);
    }

    /// <summary>Fetches what is missing, over as many connections as it takes.</summary>
    /// <returns>Whether size and hash are right.</returns>
    private async Task<bool> TryAsync(HubFile file, string incomplete, Func<Task<HubFile>> refresh, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        using var hash = new BlobHash(file.ETag, file.Size);
        await using var stream = Open(incomplete);
        await HashExistingAsync(stream, hash, cancellation);
        if (stream.Length > Most(file))
            return false;
        var (failures, asked) = (0, true);
        async ValueTask<Connection> ConnectAsync(CancellationToken token)
        {
            if (stream.Length == file.Size)
                return default;
            if (!asked)
                file = await RefreshedAsync(file, refresh);
            asked = false;
            var before = stream.Position;
            var connection = await FetchAsync(file, stream, hash, progress, token);
            var gained = stream.Position - before;
            failures = gained >= LeastBytes || (gained > 0 && !connection.IsSlow) ? 0 : failures + 1;
            return connection;
        }

        var last = await Connections(() => failures).ExecuteAsync(ConnectAsync, cancellation);
        if (last.Error is not null)
            throw new HubUnreachableException($"the download of '{file.Path}' broke off {failures} times without getting on: {last.Error}", null);
        if (last.Restart)
            return false;
        await stream.FlushAsync(cancellation);
        stream.Flush(flushToDisk: true);
        return (file.Size is null || stream.Length == file.Size) && hash.IsRight();
    }

    /// <summary>One connection after another until the file is whole, or too many in a row brought nothing.</summary>
    /// <param name="failures">How many in a row have brought nothing so far.</param>
    private ResiliencePipeline<Connection> Connections(Func<int> failures) => new ResiliencePipelineBuilder<Connection>()
        .AddRetry(new RetryStrategyOptions<Connection>
        {
            MaxRetryAttempts = int.MaxValue,
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result.Error is not null && failures() <= options.Retries),
            DelayGenerator = _ => ValueTask.FromResult<TimeSpan?>(http.WaitAfter(null, failures())),
        })
        .Build();

    private async Task<HubFile> RefreshedAsync(HubFile file, Func<Task<HubFile>> refresh)
    {
        var refreshed = await refresh();
        return refreshed.ETag == file.ETag
            ? refreshed
            : throw new InputException($"{repository.Display}: '{file.Path}' was replaced on the hub while it was downloaded; start again");
    }

    /// <summary>One connection: from the end of what is there to the end of the file, or until it breaks.</summary>
    private async Task<Connection> FetchAsync(HubFile file, FileStream stream, BlobHash hash, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        using var response = await http.SendAsync(HttpMethod.Get, file.Address, stream.Position, static _ => true, cancellation);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return new Connection(Restart: true);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && HubError.Header(response, "X-Error-Code") is null)
            return new Connection(Error: $"{file.Address.Authority} answered {(int)response.StatusCode}"); // an address that has expired
        if (!response.IsSuccessStatusCode)
            throw HubError.Of(options, repository, file.Path, response);
        if (response.Content.Headers.ContentType?.MediaType == "text/html" && !file.Path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{repository.Display}: {file.Address.Authority} sends a web page for '{file.Path}', not the file; a proxy or a login page may stand in between");
        if (stream.Position > 0 && !ContinuesAt(response, stream.Position))
            return new Connection(Restart: true); // the server starts over: so must the file and its hash

        try
        {
            await CopyAsync(response, file, stream, hash, progress, cancellation);
            return default;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Connection(Error: $"less than {LeastBytes >> 10} KiB came within {options.Timeout.TotalSeconds} s", IsSlow: true);
        }
        catch (Exception error) when (error is HttpRequestException or HttpIOException)
        {
            return new Connection(Error: HubError.OneLine(error.Message).TrimEnd('.'));
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, HubFile file, FileStream stream, BlobHash hash, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        using var slow = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[BufferBytes];
        for (var since = long.MinValue; ;)
        {
            if (since == long.MinValue || stream.Position - since >= LeastBytes)
            {
                since = stream.Position;
                slow.CancelAfter(options.Timeout);
            }

            int count;
            try
            {
                count = await body.ReadAsync(buffer, slow.Token);
            }
            catch (IOException error) when (error is not HttpIOException)
            {
                // The connection's errors and the disk's must not be taken for each other.
                throw new HttpRequestException(error.Message, error);
            }
            if (count == 0)
                return;
            if (stream.Position + count > Most(file))
                throw new InputException($"{repository.Display}: {file.Address.Authority} sends more than the {Most(file)} bytes that '{file.Path}' {(file.Size is null ? "may have where its size is not told" : "has")}; try again later");
            hash.Append(buffer.AsSpan(0, count));
            Write(stream, buffer.AsSpan(0, count));
            progress?.Report(new HubProgress(file.Path, stream.Position, file.Size));
        }
    }

    private static long Most(HubFile file) => file.Size ?? HubHttp.MostBytes;

    private static bool ContinuesAt(HttpResponseMessage response, long position) =>
        response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == position;

    private static async Task HashExistingAsync(FileStream stream, BlobHash hash, CancellationToken cancellation)
    {
        var buffer = new byte[BufferBytes];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellation)) > 0)
            hash.Append(buffer.AsSpan(0, count));
    }

    private static FileStream Open(string path)
    {
        try
        {
            // Unbuffered: what has arrived is in the file even if the process is killed.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{path}: cannot be written: {FileFailure.Reason(error)}", error);
        }
    }

    private static void Write(FileStream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{stream.Name}: cannot be written: {FileFailure.Reason(error)}; make room and start again, it goes on from there", error);
        }
    }

    /// <summary>How a connection ended; whole where nothing is said.</summary>
    /// <param name="Restart">The file must be fetched from its beginning.</param>
    /// <param name="Error">Why it broke off; null where it did not.</param>
    /// <param name="IsSlow">Whether it was given up because too little came.</param>
    private readonly record struct Connection(bool Restart = false, string? Error = null, bool IsSlow = false);
}
