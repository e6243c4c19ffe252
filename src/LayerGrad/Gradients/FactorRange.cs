namespace LayerGrad.Gradients;

/// <summary>
/// How large the factors of one weight's gradient are for one example, and whether an element type can be trusted with
/// them: whether they, their products and the squares of these stay away from both ends of its range. Then nothing
/// that is computed from them overflows, and what vanishes was too small to matter.
/// </summary>
/// <param name="Rows">The tokens that reach the weight.</param>
/// <param name="SmallestInput">The smallest, over the rows of X, of the largest magnitude in the row.</param>
/// <param name="LargestInput">The largest magnitude in X.</param>
/// <param name="LargestDelta">The largest magnitude in Δ.</param>
internal readonly record struct FactorRange(int Rows, double SmallestInput, double LargestInput, double LargestDelta)
{
    /// <summary>The reason for numbers that are too small for their type.</summary>
    public const string Underflow = "underflow";

    /// <summary>The reason for numbers that are too large for it.</summary>
    public const string Overflow = "overflow";

    /// <summary>
    /// Whether a factor, or a token's row of X, is zero. It may be true; or it vanished: a product of small numbers, or the
    /// reciprocal of a norm that overflowed.
    /// </summary>
    public bool HasZero => SmallestInput == 0 || LargestDelta == 0;

    /// <summary>Why the factors are at the edge of an element type; null where they are not. Zeros are passed over.</summary>
    /// <typeparam name="T">The element type, float or double.</typeparam>
    public string? Edge<T>()
    {
        // In float32, squares of X Δ lie within 1e-30 … 1e24, whose sums over rows and columns have room above.
        var (low, high, highProduct) = typeof(T) == typeof(float) ? (1e-15, 1e15, 1e12) : (1e-120, 1e120, 1e120);
        var product = LargestInput * LargestDelta;
        if (!(LargestInput <= high && LargestDelta <= high && product <= highProduct))
            return Overflow;
        return Below(SmallestInput) || Below(LargestInput) || Below(LargestDelta) || Below(product) ? Underflow : null;

        bool Below(double magnitude) => magnitude != 0 && magnitude < low;
    }
}
