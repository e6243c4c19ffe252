using System.Net;

namespace LayerGrad.Hub;

/// <summary>
/// Downloads one content into the cache. What has arrived stays in <c>ETAG.incomplete</c>; a broken connection, or the next
/// run, goes on behind it. The file gets its name only when its size and its hash are right.
/// </summary>
internal sealed class HubDownload(HubHttp http, HubOptions options, HubRepository repository)
{
    private const int BufferBytes = 1 << 18;

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
        if (stream.Length > file.Size)
            return false;
        var failures = 0;
        while (file.Size is null ? failures == 0 : stream.Position < file.Size)
        {
            var before = stream.Position;
            var (done, restart, error) = await FetchAsync(file, stream, hash, progress, cancellation);
            if (restart)
                return false;
            if (done)
                break;
            failures = stream.Position > before ? 0 : failures + 1;
            if (failures > options.Retries)
                throw new HubUnreachableException($"the download of '{file.Path}' broke off {failures} times without getting on: {error}", null);
            await Task.Delay(http.WaitAfter(null, failures), cancellation);
            var refreshed = await refresh();
            if (refreshed.ETag != file.ETag)
                throw new InputException($"{repository.Display}: '{file.Path}' was replaced on the hub while it was downloaded; start again");
            file = refreshed;
        }
        await stream.FlushAsync(cancellation);
        stream.Flush(flushToDisk: true);
        return (file.Size is null || stream.Length == file.Size) && hash.IsRight();
    }

    /// <summary>One connection: from the end of what is there to the end of the file, or until it breaks.</summary>
    private async Task<(bool Done, bool Restart, string? Error)> FetchAsync(HubFile file, FileStream stream, BlobHash hash, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        using var response = await http.SendAsync(HttpMethod.Get, file.Address, stream.Position, static _ => true, cancellation);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return (false, true, null);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && HubError.Header(response, "X-Error-Code") is null)
            return (false, false, $"{file.Address.Authority} answered {(int)response.StatusCode}"); // an address that has expired
        if (!response.IsSuccessStatusCode)
            throw HubError.Of(options, repository, file.Path, response);
        if (response.Content.Headers.ContentType?.MediaType == "text/html" && !file.Path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{repository.Display}: {file.Address.Authority} sends a web page for '{file.Path}', not the file; a proxy or a login page may stand in between");
        if (stream.Position > 0 && !ContinuesAt(response, stream.Position))
            return (false, true, null); // the server starts over: so must the file and its hash

        try
        {
            await CopyAsync(response, file, stream, hash, progress, cancellation);
            return (true, false, null);
        }
        catch (Exception error) when (error is HttpRequestException or HttpIOException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (false, false, HubError.OneLine(error.Message).TrimEnd('.'));
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, HubFile file, FileStream stream, BlobHash hash, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[BufferBytes];
        while (true)
        {
            stalled.CancelAfter(options.Timeout);
            int count;
            try
            {
                count = await body.ReadAsync(buffer, stalled.Token);
            }
            catch (IOException error) when (error is not HttpIOException)
            {
                // The connection's errors and the disk's must not be taken for each other.
                throw new HttpRequestException(error.Message, error);
            }
            if (count == 0)
                return;
            if (stream.Position + count > file.Size)
                throw new InputException($"{repository.Display}: {file.Address.Authority} sends more than the {file.Size} bytes that '{file.Path}' has; try again later");
            hash.Append(buffer.AsSpan(0, count));
            Write(stream, buffer.AsSpan(0, count));
            progress?.Report(new HubProgress(file.Path, stream.Position, file.Size));
        }
    }

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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written: {HubError.OneLine(error.Message).TrimEnd('.')}", error);
        }
    }

    private static void Write(FileStream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (IOException error)
        {
            throw new InputException($"{stream.Name}: cannot be written: {HubError.OneLine(error.Message).TrimEnd('.')}; make room and start again, it goes on from there", error);
        }
    }
}
