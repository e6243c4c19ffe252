using LayerGrad.Examples;
using LayerGrad.Json;

namespace LayerGrad.Runs.Lines;

/// <summary>A line of <c>RUN.skipped.jsonl</c>, written and read.</summary>
internal static class SkippedLine
{
    /// <summary>The bytes of a line.</summary>
    /// <param name="example">The example.</param>
    /// <param name="reason">Why it has no line in <c>RUN.jsonl</c>.</param>
    public static byte[] Write(Example example, string reason) => JsonLine.Of(writer =>
    {
        writer.WriteNumber(RunKeys.Index, example.Index);
        writer.WriteText(RunKeys.Instruction, example.InstructionWithInput);
        writer.WriteText(RunKeys.Output, example.Output);
        writer.WriteText(RunKeys.Reason, reason);
    });

    /// <summary>Reads a line of a run that goes on, which says everything.</summary>
    /// <param name="path">The file.</param>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <exception cref="InputException">It is not a line of a run.</exception>
    public static SkippedExample Read(string path, ReadOnlySpan<byte> line, int number) => new(
        JsonLine.Find(path, line, number, RunKeys.Index).AsInt(0), JsonLine.Find(path, line, number, RunKeys.Reason).AsText());

    /// <summary>
    /// Reads the file of a run that is compared, whoever wrote it; none where there is no such file. A last line that a killed process left
    /// half written is not one.
    /// </summary>
    /// <param name="path"><c>RUN.skipped.jsonl</c>.</param>
    /// <exception cref="InputException">A line is not a JSON object with an index.</exception>
    public static IReadOnlyList<SkippedExample> ReadAll(string path)
    {
        if (!File.Exists(path))
            return [];
        var skipped = new List<SkippedExample>();
        using var lines = new Utf8LineReader(path);
        while (lines.TryRead(out var line))
        {
            if (line.Trim(" \t"u8).IsEmpty || (!lines.IsEnded && line[^1] != (byte)'}'))
                continue;
            var value = ForeignJson.ParseLine(line, path, lines.Line);
            skipped.Add(new SkippedExample(value.Int(RunKeys.Index, 0), value.OptionalText(RunKeys.Reason) ?? "no reason given"));
        }

        return skipped;
    }
}
