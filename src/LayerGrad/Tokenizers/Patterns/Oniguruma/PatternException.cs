namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>A pattern that Oniguruma refuses, or that asks for something that is not done here.</summary>
/// <param name="message">What is wrong, in a few words.</param>
internal sealed class PatternException(string message) : Exception(message);
