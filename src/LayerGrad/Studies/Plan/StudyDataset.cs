namespace LayerGrad.Studies.Plan;

/// <summary>A dataset of a study: one file for each setting and variant.</summary>
/// <param name="Name">What the study calls it.</param>
/// <param name="Files">The file of each setting and variant.</param>
internal sealed record StudyDataset(string Name, IReadOnlyDictionary<(string Setting, string Variant), StudyFile> Files)
{
    /// <summary>The models that it is for; null for all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>How many examples of each file are measured; null for what the study says.</summary>
    public int? Limit { get; init; }

    /// <summary>The settings, in the order of the study.</summary>
    public IReadOnlyList<string> Settings { get; } = [.. Files.Keys.Select(key => key.Setting).Distinct()];

    /// <summary>The variants, in the order of the study.</summary>
    public IReadOnlyList<string> Variants { get; } = [.. Files.Keys.Select(key => key.Variant).Distinct()];
}
