using LayerGrad.Examples;

namespace LayerGrad.Data;

/// <summary>A dataset ready to be written.</summary>
/// <param name="FileName">Its name, as the original study names its files.</param>
/// <param name="Examples">Its records.</param>
internal sealed record PreparedDataset(string FileName, IReadOnlyList<Example> Examples);
