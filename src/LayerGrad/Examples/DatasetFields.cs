namespace LayerGrad.Examples;

/// <summary>Which fields of a record hold what, where the user says it: <c>--instruction-field</c>, <c>--input-field</c>, <c>--output-field</c>.</summary>
/// <param name="Instruction">The field of the instruction; null for what the record's form calls it.</param>
/// <param name="Input">The field of the input, likewise.</param>
/// <param name="Output">The field of the response, likewise.</param>
internal sealed record DatasetFields(string? Instruction, string? Input, string? Output)
{
    /// <summary>Nothing said: a record's form is told by its fields.</summary>
    public static DatasetFields None { get; } = new(null, null, null);

    /// <summary>Whether nothing is said.</summary>
    public bool IsEmpty => this == None;

    /// <summary>The names that are given.</summary>
    internal IEnumerable<string> Given => new[] { Instruction, Input, Output }.OfType<string>();
}
