namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>What a class that rebuilds the pipeline looks at.</summary>
/// <param name="Files">The files beside tokenizer.json.</param>
/// <param name="UnknownToken">The token for what is unknown, or null.</param>
internal sealed record PipelineArguments(TokenizerSettings Files, string? UnknownToken);
