namespace LayerGrad.Training;

/// <summary>What a training came to.</summary>
/// <param name="Folder">The trained model.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="StepsNow">How many of them this call made.</param>
/// <param name="TokensNow">The tokens that they saw.</param>
/// <param name="Loss">The mean loss of the last step's examples; NaN where nothing was left to do.</param>
/// <param name="Elapsed">How long it took, loading included.</param>
internal sealed record TrainingSummary(string Folder, int Steps, int StepsNow, long TokensNow, double Loss, TimeSpan Elapsed);
