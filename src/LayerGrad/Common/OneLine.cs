namespace LayerGrad;

/// <summary>Keeps error messages on one line, whatever the file they quote holds.</summary>
internal static class OneLine
{
    /// <summary>The text with blanks for line breaks and other control characters.</summary>
    public static string Of(string text) =>
        string.Concat(text.Select(static c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
}
