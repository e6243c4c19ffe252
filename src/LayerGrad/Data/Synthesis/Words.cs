namespace LayerGrad.Data.Synthesis;

/// <summary>The words of which problems are made: few, so that a small vocabulary holds them.</summary>
internal static class Words
{
    /// <summary>Names of people with their pronouns.</summary>
    public static readonly (string Name, string Pronoun)[] People =
    [
        ("Anna", "she"), ("Ben", "he"), ("Clara", "she"), ("David", "he"), ("Emma", "she"), ("Felix", "he"), ("Grace", "she"), ("Henry", "he"),
        ("Ida", "she"), ("Jack", "he"), ("Kate", "she"), ("Leo", "he"), ("Mia", "she"), ("Noah", "he"), ("Olga", "she"), ("Paul", "he"),
        ("Rosa", "she"), ("Sam", "he"), ("Tina", "she"), ("Victor", "he"),
    ];

    /// <summary>Things that can be counted, one and many.</summary>
    public static readonly (string One, string Many)[] Things =
    [
        ("apple", "apples"), ("book", "books"), ("pen", "pens"), ("stone", "stones"), ("shell", "shells"), ("card", "cards"), ("coin", "coins"),
        ("ball", "balls"), ("stamp", "stamps"), ("flower", "flowers"), ("egg", "eggs"), ("button", "buttons"), ("bead", "beads"), ("nut", "nuts"),
    ];

    /// <summary>Invented kinds of beings, one and many, about which nothing is known beforehand.</summary>
    public static readonly (string One, string Many)[] Beings =
    [
        ("wug", "wugs"), ("dax", "daxes"), ("fep", "feps"), ("blick", "blicks"), ("zorp", "zorps"), ("mib", "mibs"), ("toma", "tomas"), ("lorn", "lorns"),
        ("gazzer", "gazzers"), ("pim", "pims"), ("rell", "rells"), ("snig", "snigs"),
    ];

    /// <summary>Properties that order people: more than, the most, the least.</summary>
    public static readonly (string More, string Most, string Least)[] Comparisons =
    [
        ("taller", "tallest", "shortest"), ("older", "oldest", "youngest"), ("faster", "fastest", "slowest"), ("stronger", "strongest", "weakest"),
    ];

    /// <summary>A word with its first letter in upper case.</summary>
    public static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
