using LayerGrad.Examples;

namespace LayerGrad.Data.Detailing;

/// <summary>Has a model write the Detailed version of a dataset, and checks every final answer against the record.</summary>
internal static class DetailWriter
{
    private const double LaterTemperature = 0.7;

    /// <summary>Asks for a detailed response to every record.</summary>
    /// <param name="examples">The dataset; its outputs hold the right answers.</param>
    /// <param name="options">The server and how it is asked.</param>
    /// <param name="cachePath">The file that keeps every reply; a run that finds it goes on.</param>
    /// <param name="progress">Told after each record, from several threads.</param>
    /// <param name="cancellation">Stops the work; what has arrived is in the cache.</param>
    /// <exception cref="InputException">The server refuses, or fails for good.</exception>
    public static async Task<DetailedDataset> WriteAsync(
        IReadOnlyList<Example> examples, DetailOptions options, string cachePath, Action<DetailProgress>? progress, CancellationToken cancellation)
    {
        using var client = new ChatClient(options);
        using var cache = new DetailCache(cachePath);
        var detailed = new Example?[examples.Count];
        var tally = new Tally(options, examples.Count);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellation };
        await Parallel.ForEachAsync(Enumerable.Range(0, examples.Count), parallel, async (i, stop) =>
        {
            detailed[i] = await DetailAsync(examples[i], options, client, cache, tally, stop).ConfigureAwait(false);
            progress?.Invoke(tally.Settle());
        }).ConfigureAwait(false);
        return new DetailedDataset(
            [.. detailed.OfType<Example>()],
            [.. Enumerable.Range(0, examples.Count).Where(i => detailed[i] is null)],
            tally.Current);
    }

    private static async Task<Example?> DetailAsync(Example example, DetailOptions options, ChatClient client, DetailCache cache, Tally tally, CancellationToken cancellation)
    {
        var right = FinalAnswer.Of(example.Output);
        var prompt = DetailPrompt.User(example);
        for (var attempt = 0; attempt < options.Attempts; attempt++)
        {
            var key = DetailCache.Key(options.Model, prompt, attempt);
            var reply = cache.Find(key);
            if (reply is null)
            {
                var temperature = attempt == 0 ? options.Temperature : Math.Max(options.Temperature, LaterTemperature);
                reply = await client.AskAsync(DetailPrompt.System, prompt, temperature, cancellation).ConfigureAwait(false);
                cache.Add(key, reply);
            }

            tally.Add(reply);
            if (FinalAnswer.Stated(reply.Text) is { } stated && FinalAnswer.Same(stated, right))
                return example with { Output = reply.Text.Trim() };
        }

        return null;
    }

    /// <summary>The running sums of all workers.</summary>
    private sealed class Tally(DetailOptions options, int total)
    {
        private readonly Lock _lock = new();
        private int _done;
        private long _in;
        private long _out;

        public DetailProgress Current
        {
            get
            {
                lock (_lock)
                    return new DetailProgress(_done, total, _in, _out, ((_in * options.PriceIn) + (_out * options.PriceOut)) / 1_000_000m);
            }
        }

        public void Add(ChatReply reply)
        {
            lock (_lock)
            {
                _in += reply.TokensIn;
                _out += reply.TokensOut;
            }
        }

        public DetailProgress Settle()
        {
            lock (_lock)
                _done++;
            return Current;
        }
    }
}
