namespace LayerGrad.Data.Synthesis;

/// <summary>Something of the invented world with what is true of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Facts">Facts, the most telling first; each in several wordings that say the same.</param>
internal sealed record KnowledgeEntity(string Name, IReadOnlyList<IReadOnlyList<string>> Facts);
