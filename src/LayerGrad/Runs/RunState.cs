using LayerGrad.Runs.Lines;

namespace LayerGrad.Runs;

/// <summary>What the files of a run hold already: whole lines only.</summary>
internal sealed class RunState
{
    /// <summary>The measured examples, ascending.</summary>
    public List<(int Index, double Loss)> Measured { get; } = [];

    /// <summary>How many of the measured examples have a choice of experts that is nearly tied.</summary>
    public int NearlyTied { get; private set; }

    /// <summary>How many such choices there are, over all examples, tokens and layers.</summary>
    public long NearTies { get; private set; }

    /// <summary>The skipped examples, ascending.</summary>
    public List<SkippedExample> Skipped { get; } = [];

    /// <summary>Bytes of whole lines in <c>RUN.jsonl</c>.</summary>
    public long LinesLength { get; private set; }

    /// <summary>Bytes of whole lines in <c>RUN.skipped.jsonl</c>.</summary>
    public long SkippedLength { get; private set; }

    /// <summary>Bytes of the lines in <c>RUN.tokens.jsonl</c> whose examples are in <c>RUN.jsonl</c> too.</summary>
    public long TokensLength { get; private set; }

    /// <summary>How many examples are done.</summary>
    public int Done => Measured.Count + Skipped.Count;

    /// <summary>The last example that is done; -1 where none is.</summary>
    public int Last => Math.Max(Measured.Count > 0 ? Measured[^1].Index : -1, Skipped.Count > 0 ? Skipped[^1].Index : -1);

    /// <summary>Reads a run's files. A missing file has no lines; a torn last line is left out.</summary>
    /// <param name="paths">The run.</param>
    /// <param name="metadata">Its metadata, which says which examples it holds.</param>
    /// <exception cref="InputException">A line is not one of this run, or lines are missing in the middle.</exception>
    public static RunState Read(RunPaths paths, RunMetadata metadata)
    {
        var state = new RunState();
        state.LinesLength = Scan(paths.Lines, (line, number) =>
        {
            var head = MeasuredLine.ReadHead(paths.Lines, line, number);
            state.Measured.Add((head.Index, head.Loss));
            state.Count(head.Remarks);
        });
        state.SkippedLength = Scan(paths.Skipped, (line, number) => state.Skipped.Add(SkippedLine.Read(paths.Skipped, line, number)));
        if (metadata.Measurement.Tokens)
            state.ReadTokens(paths);
        state.CheckOrder(paths, metadata);
        return state;
    }

    /// <summary>How many measured examples left the range of float32 and were measured in float64.</summary>
    public int Widened { get; private set; }

    /// <summary>How many gradients have no statistics because they leave the range of the numbers.</summary>
    public long Unresolved { get; private set; }

    /// <summary>Counts the remarks on one more measured example.</summary>
    public void Count(RunRemarks remarks)
    {
        NearTies += remarks.NearTies;
        NearlyTied += remarks.NearTies > 0 ? 1 : 0;
        Widened += remarks.Widened ? 1 : 0;
        Unresolved += remarks.Unresolved;
    }

    /// <summary>The example of the line read last.</summary>
    public static int IndexOf(string path, Utf8LineReader lines) => JsonLine.Find(path, lines.Current.Span, lines.Line, RunKeys.Index).AsInt(0);

    /// <summary>A line of tokens is written before the line of its example, so at most the last ones have none.</summary>
    private void ReadTokens(RunPaths paths)
    {
        if (!File.Exists(paths.Tokens))
        {
            if (Measured.Count > 0)
                throw Changed(paths.Tokens, "it is missing");
            return;
        }

        using var lines = new Utf8LineReader(paths.Tokens, wholeLines: true);
        for (var i = 0; i < Measured.Count; i++)
        {
            if (!lines.TryRead(out _) || IndexOf(paths.Tokens, lines) != Measured[i].Index)
                throw Changed(paths.Tokens, $"line {i + 1} should be example {Measured[i].Index}");
        }

        TokensLength = lines.Position;
    }

    /// <summary>Lines are written in the dataset's order, so what is done must be the beginning of what is to be done.</summary>
    private void CheckOrder(RunPaths paths, RunMetadata metadata)
    {
        var (line, skip) = (0, 0);
        foreach (var position in metadata.Positions())
        {
            if (line < Measured.Count && Measured[line].Index == position)
                line++;
            else if (skip < Skipped.Count && Skipped[skip].Index == position)
                skip++;
            else
                break;
        }

        if (line < Measured.Count)
            throw Changed(paths.Lines, $"example {Measured[line].Index} in line {line + 1} is not the next one of this run");
        if (skip < Skipped.Count)
            throw Changed(paths.Skipped, $"example {Skipped[skip].Index} in line {skip + 1} is not the next one of this run");
    }

    private static InputException Changed(string path, string what) =>
        new($"{path}: the file was changed since it was written: {what}; restore it, or remove the run's files and start again.");

    private static long Scan(string path, Action<ReadOnlySpan<byte>, int> read)
    {
        if (!File.Exists(path))
            return 0;
        using var lines = new Utf8LineReader(path, wholeLines: true);
        while (lines.TryRead(out var line))
            read(line, lines.Line);
        return lines.Position;
    }
}
