namespace LayerGrad.Fuzz.Workers;

/// <summary>What became of an input.</summary>
internal enum Outcome
{
    /// <summary>It was read.</summary>
    Read,

    /// <summary>It was refused in one line, as an error of the user's input.</summary>
    Refused,

    /// <summary>Anything else.</summary>
    Finding,
}

/// <summary>What became of an input, and what was said.</summary>
/// <param name="Outcome">Which of the three.</param>
/// <param name="Text">The line of a refusal, or what was found: its first line says what kind of thing.</param>
internal sealed record Verdict(Outcome Outcome, string Text)
{
    /// <summary>It was read.</summary>
    public static Verdict Read { get; } = new(Outcome.Read, "");

    /// <summary>Whether two inputs found the same: the kind, and the product's own code where it happened.</summary>
    public string Key => string.Join(" ", Text.Split('\n').Where(static (line, number) => number == 0 || line.Contains(" at LayerGrad.", StringComparison.Ordinal))
        .Take(2).Select(static line => line.Split(" in ")[0].Split(": ")[0].Trim()));

    /// <summary>Something that should not have happened.</summary>
    public static Verdict Finding(string text) => new(Outcome.Finding, text);
}
