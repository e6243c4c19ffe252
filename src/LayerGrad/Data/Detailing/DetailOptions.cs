namespace LayerGrad.Data.Detailing;

/// <summary>How detailed responses are asked for.</summary>
/// <param name="Endpoint">The server's base address, up to and with <c>/v1</c>.</param>
/// <param name="Model">The model's name there.</param>
internal sealed record DetailOptions(Uri Endpoint, string Model)
{
    /// <summary>The secret for the server, from the environment; null for a server that wants none.</summary>
    public string? Key { get; init; }

    /// <summary>The largest number of requests under way at once.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>How often a record is asked again when its final answer is not the record's.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>How often one request is sent again after a failure that may pass (no connection, no answer in time, 408, 429, 5xx, nonsense).</summary>
    public int Retries { get; init; } = 6;

    /// <summary>The wait before the first repetition; it doubles each time, up to a minute. A server's Retry-After goes first.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait for one response.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The largest number of tokens of a response.</summary>
    public int MaxTokens { get; init; } = 2048;

    /// <summary>The sampling temperature of the first attempt; the later ones use at least 0.7, so that they differ.</summary>
    public double Temperature { get; init; }

    /// <summary>The price of a million tokens of the prompt, in the currency of your choice.</summary>
    public decimal PriceIn { get; init; }

    /// <summary>The price of a million tokens of the response.</summary>
    public decimal PriceOut { get; init; }
}
