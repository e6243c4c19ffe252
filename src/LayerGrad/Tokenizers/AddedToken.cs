namespace LayerGrad.Tokenizers;

/// <summary>A token that is found in the text as it is, before the text is split.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Whether it is found only where no word character touches it.</param>
/// <param name="StripLeft">Whether it swallows the white space before it.</param>
/// <param name="StripRight">Whether it swallows the white space after it.</param>
/// <param name="Normalized">Whether it is looked for in the normalised text instead of the user's.</param>
/// <param name="Special">Whether it controls the model, so that decoding can leave it out.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized, bool Special);
