namespace LayerGrad.Data;

/// <summary>Which of the scored examples are taken.</summary>
internal abstract record SelectionRule
{
    private SelectionRule()
    {
    }

    /// <summary>The highest scores: <c>10%</c> (rounded up) or a number of examples.</summary>
    public sealed record Top(string Amount) : SelectionRule;

    /// <summary>The lowest scores.</summary>
    public sealed record Bottom(string Amount) : SelectionRule;

    /// <summary>Scores from A up to, but not including, B; either may be left out of <c>A:B</c>.</summary>
    public sealed record Between(string Range) : SelectionRule;
}
