namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>What an instruction of a compiled pattern does.</summary>
internal enum Operation
{
    /// <summary>Ends in a match.</summary>
    Accept,

    /// <summary>Does not match.</summary>
    Fail,

    /// <summary>Takes the letters of <see cref="Instruction.Codes"/>.</summary>
    Literal,

    /// <summary>Takes text that folds to <see cref="Instruction.Codes"/>.</summary>
    FoldedLiteral,

    /// <summary>Takes one character of the set.</summary>
    Set,

    /// <summary>Takes between A and B characters of the set, as many as there are, giving them back one by one.</summary>
    GreedySet,

    /// <summary>The same without giving any back.</summary>
    PossessiveSet,

    /// <summary>Takes a grapheme cluster.</summary>
    Cluster,

    /// <summary>Goes on at A; if that fails, at B.</summary>
    Split,

    /// <summary>Goes on at A.</summary>
    Jump,

    /// <summary>Stores the position in slot A.</summary>
    Save,

    /// <summary>Stores B in slot A (C = 0), or what slot B holds (C = 1).</summary>
    Store,

    /// <summary>Adds one to slot A.</summary>
    Count,

    /// <summary>Goes on at B if slot A is below C.</summary>
    IfBelow,

    /// <summary>Goes on at B if nothing was taken since slot A was saved.</summary>
    IfEmpty,

    /// <summary>Needs the anchor A.</summary>
    Anchor,

    /// <summary>Runs the instructions at A once, and goes on where they end, at B.</summary>
    Atomic,

    /// <summary>Needs the instructions at A to match (C = 0) or not to (C = 1) here; goes on at B.</summary>
    LookAhead,

    /// <summary>The same for text that ends here; <see cref="Instruction.Codes"/> holds its shortest and longest length.</summary>
    LookBehind,

    /// <summary>Takes what a group matched; <see cref="Instruction.Codes"/> lists the groups.</summary>
    BackReference,

    /// <summary>Goes on at B unless the group A has matched.</summary>
    IfUnmatched,

    /// <summary>Runs the group at A and comes back.</summary>
    Call,

    /// <summary>Comes back from a group.</summary>
    Return,

    /// <summary>Takes as much as possible without a match of the instructions at A, giving it back one by one; goes on at B.</summary>
    Absent,
}
