namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>The normalizer of a file, which errors name.</summary>
/// <param name="inner">What it does.</param>
/// <param name="file">The file.</param>
internal sealed class PlacedNormalizer(Normalizer inner, string file) : Normalizer
{
    /// <inheritdoc/>
    public override TextPiece Apply(TextPiece piece)
    {
        try
        {
            return inner.Apply(piece);
        }
        catch (InputException error) when (!error.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new InputException($"{file}: {error.Message}", error);
        }
    }
}
