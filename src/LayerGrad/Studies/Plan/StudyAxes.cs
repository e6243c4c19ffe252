namespace LayerGrad.Studies.Plan;

/// <summary>What a dataset of a study is read with.</summary>
/// <param name="Home">The folder of the study's file, from which relative paths start.</param>
/// <param name="Folder">The folder that the study writes to.</param>
/// <param name="Models">The names of the study's models.</param>
/// <param name="Settings">The settings, and the word that stands for <c>{setting}</c> in file names.</param>
/// <param name="Variants">The variants, and the word that stands for <c>{variant}</c>.</param>
internal sealed record StudyAxes(string Home, string Folder, IReadOnlyCollection<string> Models, Dictionary<string, string> Settings, Dictionary<string, string> Variants);
