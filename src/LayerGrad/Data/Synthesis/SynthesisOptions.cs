namespace LayerGrad.Data.Synthesis;

/// <summary>What to write.</summary>
internal sealed record SynthesisOptions
{
    /// <summary>How many problems for training.</summary>
    public int Train { get; init; } = 2000;

    /// <summary>How many problems to hold out.</summary>
    public int HeldOut { get; init; } = 200;

    /// <summary>Equal seeds give equal files on every machine.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>Names of the kinds of problems; all where empty.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>How many knowledge texts of each sort.</summary>
    public int Knowledge { get; init; } = 200;

    /// <summary>Lengths of the popular knowledge texts in words; those of the original study.</summary>
    public IReadOnlyList<int> KnowledgeWords { get; init; } = [100, 500, 1000];
}
