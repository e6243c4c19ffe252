namespace LayerGrad.Fuzz.Targets;

/// <summary>All targets: one for each reader of what comes from outside.</summary>
internal static class FuzzTargets
{
    /// <summary>The targets that are tried.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
        [.. CheckpointTargets.All, .. LowRankTargets.All, .. LanguageTargets.All, .. DataTargets.All, .. CompressedTargets.All, .. ResultTargets.All, new HubTarget()];

    /// <summary>A target by its name, the planted one too; null without one.</summary>
    public static FuzzTarget? Find(string name) => name == PlantedTarget.TargetName ? new PlantedTarget() : All.FirstOrDefault(target => target.Name == name);
}
