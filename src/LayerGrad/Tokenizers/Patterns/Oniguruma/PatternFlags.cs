namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>The options that hold at a place of a pattern.</summary>
/// <param name="IgnoreCase"><c>i</c>.</param>
/// <param name="DotAll"><c>m</c>: the dot matches line feeds too.</param>
/// <param name="Extended"><c>x</c>: blanks and comments are left out.</param>
/// <param name="AsciiWord"><c>W</c>.</param>
/// <param name="AsciiDigit"><c>D</c>.</param>
/// <param name="AsciiSpace"><c>S</c>.</param>
/// <param name="AsciiPosix"><c>P</c>, which means the three before it too.</param>
internal readonly record struct PatternFlags(
    bool IgnoreCase, bool DotAll, bool Extended, bool AsciiWord, bool AsciiDigit, bool AsciiSpace, bool AsciiPosix)
{
    /// <summary><c>\w</c> here.</summary>
    /// <param name="inClass">Whether in brackets.</param>
    public CodePointSet Word(bool inClass) => Of(inClass ? CharacterProperties.Posix("word")! : CharacterProperties.Word, AsciiWord || AsciiPosix);

    /// <summary><c>\d</c> here.</summary>
    public CodePointSet Digit => Of(CharacterProperties.Digit, AsciiDigit || AsciiPosix);

    /// <summary><c>\s</c> here.</summary>
    public CodePointSet Space => Of(CharacterProperties.Space, AsciiSpace || AsciiPosix);

    /// <summary>A POSIX bracket here.</summary>
    public CodePointSet Posix(CodePointSet set, string name) =>
        Of(set, AsciiPosix || (name == "word" && AsciiWord) || (name == "digit" && AsciiDigit) || (name == "space" && AsciiSpace));

    private static CodePointSet Of(CodePointSet set, bool isAscii) => isAscii ? set.Intersect(CharacterProperties.Ascii) : set;
}
