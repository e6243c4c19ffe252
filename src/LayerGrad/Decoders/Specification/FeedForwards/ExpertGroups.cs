namespace LayerGrad.Decoders.Specification;

/// <summary>
/// Group-limited routing (DeepSeek-AI 2024, arXiv 2405.04434 and 2412.19437): neighbouring experts make groups of one size, and a token chooses
/// among the experts of the best groups alone.
/// </summary>
/// <param name="Count">The number of groups (<c>n_group</c>).</param>
/// <param name="Chosen">How many of them a token chooses among (<c>topk_group</c>).</param>
/// <param name="Counted">A group is as good as the sum of its so many best experts.</param>
internal sealed record ExpertGroups(int Count, int Chosen, int Counted);
