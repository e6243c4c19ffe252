namespace LayerGrad.Data.Synthesis;

/// <summary>An addition to, or a subtraction from, a value.</summary>
/// <param name="Before">The value before.</param>
/// <param name="Operand">What is added or subtracted.</param>
/// <param name="IsAddition">Which of the two.</param>
internal readonly record struct SignedStep(int Before, int Operand, bool IsAddition)
{
    private const int LargestResult = 99;
    private const int LargestOperand = 30;

    /// <summary>The value after.</summary>
    public int Result => IsAddition ? Before + Operand : Before - Operand;

    /// <summary><c>+</c> or <c>-</c>.</summary>
    public char Sign => IsAddition ? '+' : '-';

    /// <summary>What one does.</summary>
    public string Verb => IsAddition ? "add" : "subtract";

    /// <summary>The step as an equation.</summary>
    public string Equation => $"{Before} {Sign} {Operand} = {Result}";

    /// <summary>Draws a step with an operand of at least 2 whose result stays within 0 to 99.</summary>
    public static SignedStep Draw(SeededRandom random, int before)
    {
        var isAddition = before < 2 || (before <= LargestResult - 2 && random.Next(2) == 0);
        var room = Math.Min(LargestOperand, isAddition ? LargestResult - before : before);
        return new SignedStep(before, 2 + random.Next(room - 1), isAddition);
    }
}
