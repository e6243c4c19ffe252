namespace LayerGrad.Studies.Plan;

/// <summary>One measurement of a study: a model on a dataset in one setting and variant.</summary>
/// <param name="Model">The model.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Setting">The setting, such as <c>none</c>, <c>simplified</c>, <c>detailed</c>.</param>
/// <param name="Variant"><c>correct</c> or <c>irrelevant</c>.</param>
internal sealed record StudyCell(StudyModel Model, StudyDataset Dataset, string Setting, string Variant)
{
    /// <summary>Its name, and its path below the folder <c>runs</c>.</summary>
    public string Id => $"{Model.Name}/{Dataset.Name}/{Setting}.{Variant}";

    /// <summary>Its data.</summary>
    public StudyFile Data => Dataset.Files[(Setting, Variant)];
}
