namespace LayerGrad.Tests.Hostile;

/// <summary>A hostile input and a command that it goes to.</summary>
/// <param name="Input">The input below <c>shared/hostile</c>, with the command's name.</param>
/// <param name="Arguments">The command line.</param>
/// <param name="Named">What an error must name one of: the input's file or folder, or a file beside it.</param>
internal sealed record HostileCommand(string Input, string[] Arguments, params string[] Named)
{
    private const int LongestLine = 500;

    /// <summary>Other libraries' and the runtime's words, and what the command line says of an exception that nobody foresaw.</summary>
    private static readonly string[] s_foreignWords =
        ["this should not have happened", "System.", "Exception", "YamlDotNet", "Json.", "Parquet.", "BytePositionInLine", "LineNumber:", "   at ", "Unhandled", "Specified argument", "Index was out", "invalid start of"];

    /// <summary>What is wrong with how the command ended; null where it gave the answer or the one clean line that this input must give.</summary>
    /// <param name="isAnswered">Whether the input has an answer.</param>
    /// <param name="status">The exit status.</param>
    /// <param name="output">What it wrote to standard output.</param>
    /// <param name="errors">What it wrote to standard error.</param>
    public string? Fault(bool isAnswered, int status, string output, string errors)
    {
        var wanted = isAnswered ? 0 : 2;
        string[] lines = [.. errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        return status != wanted ? $"ends with {status} instead of {wanted}"
            : Array.Find(s_foreignWords, word => errors.Contains(word, StringComparison.Ordinal)) is { } word ? $"says '{word}'"
            : Array.Exists(lines, static line => line.Length > LongestLine) ? "tells more than 500 characters"
            : isAnswered ? (output.Length == 0 && Arguments[0] is not "measure" ? "answers nothing" : null)
            : lines is not [var line] || output.Length > 0 ? $"tells {lines.Length} lines, and {output.Length} characters on standard output"
            : !line.StartsWith("layergrad: ", StringComparison.Ordinal) || !Array.Exists(Named, name => line.Contains(name, StringComparison.Ordinal)) ? "does not name the file"
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Input}: layergrad {string.Join(' ', Arguments)}";
}
