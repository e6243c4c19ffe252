namespace LayerGrad.Studies.Plan;

/// <summary>Where the data of one setting and variant comes from.</summary>
/// <param name="Path">The file that is measured; for a recipe, where in the study's folder it is made.</param>
/// <param name="Recipe">How the file is made; null where it is there already or fetched.</param>
internal sealed record StudyFile(string Path, StudyRecipe? Recipe)
{
    /// <summary>Whether there is data.</summary>
    internal bool Exists => IsThere(Path);

    /// <summary>Whether there is a file, or a folder of shards.</summary>
    internal static bool IsThere(string path) => File.Exists(path) || Directory.Exists(path);
}
