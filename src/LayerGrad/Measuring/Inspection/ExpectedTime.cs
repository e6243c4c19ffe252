namespace LayerGrad.Measuring.Inspection;

/// <summary>About how long something takes, and between what and what.</summary>
/// <param name="Least">The least that is to be expected.</param>
/// <param name="About">What is most likely.</param>
/// <param name="Most">The most that is to be expected while the machine stays as it is.</param>
internal readonly record struct ExpectedTime(TimeSpan Least, TimeSpan About, TimeSpan Most)
{
    /// <summary>The operations that it takes.</summary>
    public double Operations { get; init; }

    /// <summary>How many of them the device does in a second, as it was timed.</summary>
    public double Rate { get; init; }

    /// <summary>The time of so many times the work, or of a part of it.</summary>
    /// <param name="factor">How many times.</param>
    public ExpectedTime Times(double factor) => new(factor * Least, factor * About, factor * Most) { Operations = factor * Operations, Rate = Rate };
}

/// <summary>What of an example decides how long it takes.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Counted">Those whose loss counts.</param>
internal readonly record struct ExampleLength(int Tokens, int Counted);
