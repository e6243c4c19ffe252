using System.Globalization;

namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>The names of general categories (PropertyValueAliases.txt), in small letters without low lines.</summary>
internal static class CategoryNames
{
    /// <summary>The short and long name of a category, and those of its group.</summary>
    public static (string Short, string Long, string Group, string LongGroup) Of(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => ("lu", "uppercaseletter", "l", "letter"),
        UnicodeCategory.LowercaseLetter => ("ll", "lowercaseletter", "l", "letter"),
        UnicodeCategory.TitlecaseLetter => ("lt", "titlecaseletter", "l", "letter"),
        UnicodeCategory.ModifierLetter => ("lm", "modifierletter", "l", "letter"),
        UnicodeCategory.OtherLetter => ("lo", "otherletter", "l", "letter"),
        UnicodeCategory.NonSpacingMark => ("mn", "nonspacingmark", "m", "mark"),
        UnicodeCategory.SpacingCombiningMark => ("mc", "spacingmark", "m", "mark"),
        UnicodeCategory.EnclosingMark => ("me", "enclosingmark", "m", "mark"),
        UnicodeCategory.DecimalDigitNumber => ("nd", "decimalnumber", "n", "number"),
        UnicodeCategory.LetterNumber => ("nl", "letternumber", "n", "number"),
        UnicodeCategory.OtherNumber => ("no", "othernumber", "n", "number"),
        UnicodeCategory.ConnectorPunctuation => ("pc", "connectorpunctuation", "p", "punctuation"),
        UnicodeCategory.DashPunctuation => ("pd", "dashpunctuation", "p", "punctuation"),
        UnicodeCategory.OpenPunctuation => ("ps", "openpunctuation", "p", "punctuation"),
        UnicodeCategory.ClosePunctuation => ("pe", "closepunctuation", "p", "punctuation"),
        UnicodeCategory.InitialQuotePunctuation => ("pi", "initialpunctuation", "p", "punctuation"),
        UnicodeCategory.FinalQuotePunctuation => ("pf", "finalpunctuation", "p", "punctuation"),
        UnicodeCategory.OtherPunctuation => ("po", "otherpunctuation", "p", "punctuation"),
        UnicodeCategory.MathSymbol => ("sm", "mathsymbol", "s", "symbol"),
        UnicodeCategory.CurrencySymbol => ("sc", "currencysymbol", "s", "symbol"),
        UnicodeCategory.ModifierSymbol => ("sk", "modifiersymbol", "s", "symbol"),
        UnicodeCategory.OtherSymbol => ("so", "othersymbol", "s", "symbol"),
        UnicodeCategory.SpaceSeparator => ("zs", "spaceseparator", "z", "separator"),
        UnicodeCategory.LineSeparator => ("zl", "lineseparator", "z", "separator"),
        UnicodeCategory.ParagraphSeparator => ("zp", "paragraphseparator", "z", "separator"),
        UnicodeCategory.Control => ("cc", "control", "c", "other"),
        UnicodeCategory.Format => ("cf", "format", "c", "other"),
        UnicodeCategory.PrivateUse => ("co", "privateuse", "c", "other"),
        UnicodeCategory.Surrogate => ("cs", "surrogate", "c", "other"),
        _ => ("cn", "unassigned", "c", "other"),
    };
}
