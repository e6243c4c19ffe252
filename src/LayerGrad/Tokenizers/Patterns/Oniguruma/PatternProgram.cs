namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>A compiled pattern.</summary>
/// <param name="Code">Its instructions.</param>
/// <param name="Slots">How many slots they use: where the match begins, the groups' starts and ends, marks and counters.</param>
/// <param name="First">The characters that a match can begin with; null where it may be empty or that is not known.</param>
internal sealed record PatternProgram(Instruction[] Code, int Slots, CodePointSet? First)
{
    /// <summary>The slot that <c>\K</c> writes.</summary>
    public const int KeepSlot = 0;

    /// <summary>The first of the two slots of group 0; those of group n stand 2n behind.</summary>
    public const int FirstCapture = 1;
}
