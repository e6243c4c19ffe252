namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>Splits text into the pieces that the model encodes each by itself.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Whether every piece stays whole and as it is.</summary>
    public virtual bool IsIdentity => false;

    /// <summary>Adds the parts of a piece that is not empty to a list, from left to right, none of them empty.</summary>
    public abstract void Split(TextPiece piece, List<TextPiece> parts);
}
