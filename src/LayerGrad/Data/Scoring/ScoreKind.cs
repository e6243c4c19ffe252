namespace LayerGrad.Data.Scoring;

/// <summary>What an example is scored by.</summary>
internal enum ScoreKind
{
    /// <summary>The loss of its response: mean cross-entropy over the response tokens, in nats, as <c>measure</c> takes it.</summary>
    Loss,

    /// <summary>
    /// Instruction-following difficulty (Li et al. 2024, arXiv:2308.12032): the loss of the response after the instruction over its loss without
    /// it. Towards 0 the instruction helps; about 1 it does not; above 1 it misleads.
    /// </summary>
    InstructionFollowingDifficulty,
}
