namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>A <c>generation</c> block of a template.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Inside">What it stands in, where that is something whose text is put out elsewhere, so that the block's place in the text is not what transformers says; otherwise null.</param>
internal readonly record struct GenerationBlock(Position Position, string? Inside);
