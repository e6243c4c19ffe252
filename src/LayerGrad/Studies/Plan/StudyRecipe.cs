namespace LayerGrad.Studies.Plan;

/// <summary>How a dataset's file is made.</summary>
internal abstract record StudyRecipe
{
    private StudyRecipe()
    {
    }

    /// <summary>By <c>data prepare</c>, from the source's own files.</summary>
    public sealed record Prepare(string Source, IReadOnlyList<string> From, int Sample, ulong Seed) : StudyRecipe;

    /// <summary>By <c>data corrupt</c>, from the file with the right answers.</summary>
    public sealed record Corrupt(StudyFile Correct, Data.CorruptionMode Mode, ulong Seed, bool SameAllowed) : StudyRecipe;

    /// <summary>By <c>data fetch paper</c>, into the cache.</summary>
    public sealed record FetchPaper(string Name) : StudyRecipe;

    /// <summary>From the hub, into its cache.</summary>
    public sealed record FetchHub(string Address) : StudyRecipe;
}
