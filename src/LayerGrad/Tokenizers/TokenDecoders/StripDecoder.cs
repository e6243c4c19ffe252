namespace LayerGrad.Tokenizers.TokenDecoders;

/// <summary>Takes a character off the beginning and the end of every token.</summary>
/// <param name="character">The character.</param>
/// <param name="start">How many at most at the beginning.</param>
/// <param name="stop">How many at most at the end.</param>
internal sealed class StripDecoder(char character, int start, int stop) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(Strip);

    private string Strip(string token)
    {
        var first = 0;
        while (first < start && first < token.Length && token[first] == character)
            first++;
        var end = token.Length;
        while (end > first && token.Length - end < stop && token[end - 1] == character)
            end--;
        return token[first..end];
    }
}
