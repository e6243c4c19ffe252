namespace LayerGrad.Data.Sources;

/// <summary>A question of a source with its answer and the steps that lead there, worded as the original study words them.</summary>
/// <param name="Instruction">What is asked.</param>
/// <param name="Answer">The answer alone: the response of the None setting.</param>
/// <param name="Rationale">The source's own short reasoning: the response of the Simplified setting, before the final answer.</param>
/// <param name="Detailed">A detailed response where the source record has one.</param>
internal sealed record Question(string Instruction, string Answer, string Rationale, string? Detailed);
