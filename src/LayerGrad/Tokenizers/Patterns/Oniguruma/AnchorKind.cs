namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>A place that matches without taking text.</summary>
internal enum AnchorKind
{
    /// <summary><c>^</c>: the start of the text, or behind a line feed that is not its end.</summary>
    LineStart,

    /// <summary><c>$</c>: before a line feed, or the end of the text.</summary>
    LineEnd,

    /// <summary><c>\A</c>.</summary>
    TextStart,

    /// <summary><c>\z</c>.</summary>
    TextEnd,

    /// <summary><c>\Z</c>: the end, or before a line feed that ends the text.</summary>
    TextEndOrLastLine,

    /// <summary><c>\G</c>: where the search began.</summary>
    SearchStart,

    /// <summary><c>\b</c>.</summary>
    WordBoundary,

    /// <summary><c>\B</c>.</summary>
    NotWordBoundary,

    /// <summary><c>\b</c> where words are ASCII (<c>(?W)</c>).</summary>
    AsciiWordBoundary,

    /// <summary><c>\B</c> where words are ASCII.</summary>
    NotAsciiWordBoundary,

    /// <summary><c>\y</c>: between grapheme clusters.</summary>
    ClusterBoundary,

    /// <summary><c>\Y</c>: within a grapheme cluster.</summary>
    NotClusterBoundary,
}
