namespace LayerGrad.Compute;

/// <summary>What a device will be asked for, as far as its own work space depends on it.</summary>
/// <param name="Longest">The tokens of the longest example.</param>
/// <param name="Tokens">The tokens of a batch.</param>
/// <param name="Summarized">The inputs and outputs of each weight whose gradients are summarized.</param>
internal sealed record PlannedWork(int Longest, int Tokens, IReadOnlyList<(int Inputs, int Outputs)> Summarized)
{
    /// <summary>The most query heads of a layer.</summary>
    public int Heads { get; init; }

    /// <summary>The most columns of a layer's queries, keys and values together.</summary>
    public int HeadColumns { get; init; }

    /// <summary>The columns of keys and of values of the heads that carry a state.</summary>
    public IReadOnlyList<(int Key, int Value)> States { get; init; } = [];

    /// <summary>The elements of the largest weight.</summary>
    public long LargestWeight { get; init; }

    /// <summary>The most inputs and outputs that one linear layer has together.</summary>
    public int Widest { get; init; }
}
