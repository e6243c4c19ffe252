namespace LayerGrad.Data.Detailing;

/// <summary>A server's response to one request.</summary>
/// <param name="Text">The response.</param>
/// <param name="TokensIn">Tokens of the prompt, as the server counts them; 0 where it does not say.</param>
/// <param name="TokensOut">Tokens of the response.</param>
internal sealed record ChatReply(string Text, long TokensIn, long TokensOut);
