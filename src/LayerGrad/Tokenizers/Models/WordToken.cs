namespace LayerGrad.Tokenizers.Models;

/// <summary>A token of a word.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Where the stretch of the word that it stands for starts, in UTF-16 units.</param>
/// <param name="End">Where that ends.</param>
/// <param name="IsOwnText">Whether it is written as the text that it stands for, whatever the vocabulary writes for its id.</param>
internal readonly record struct WordToken(int Id, int Start, int End, bool IsOwnText = false);
