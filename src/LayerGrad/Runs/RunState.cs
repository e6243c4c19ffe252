using System.Globalization;
using System.Text.Json;
using LayerGrad.Json;
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
    public List<(int Index, string Reason)> Skipped { get; } = [];

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
            state.Measured.Add(ReadMeasured(paths.Lines, line, number));
            state.Count(ReadRemarks(paths.Lines, line.Span, number));
        });
        state.SkippedLength = Scan(paths.Skipped, (line, number) => state.Skipped.Add(ReadSkipped(paths.Skipped, line, number)));
        if (metadata.Tokens)
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

    /// <summary>The example of a scanner's current line.</summary>
    public static int IndexOf(string path, LineScanner lines) => Find(path, lines.Current, lines.LineNumber, "index").AsInt(0);

    /// <summary>A line of tokens is written before the line of its example, so at most the last ones have none.</summary>
    private void ReadTokens(RunPaths paths)
    {
        if (!File.Exists(paths.Tokens))
        {
            if (Measured.Count > 0)
                throw Changed(paths.Tokens, "it is missing");
            return;
        }

        using var lines = new LineScanner(paths.Tokens);
        for (var i = 0; i < Measured.Count; i++)
        {
            if (!lines.MoveNext() || IndexOf(paths.Tokens, lines) != Measured[i].Index)
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

    private static long Scan(string path, Action<ReadOnlyMemory<byte>, int> read)
    {
        if (!File.Exists(path))
            return 0;
        using var lines = new LineScanner(path);
        while (lines.MoveNext())
            read(lines.Current, lines.LineNumber);
        return lines.Position;
    }

    private static (int Index, double Loss) ReadMeasured(string path, ReadOnlyMemory<byte> line, int number)
    {
        var loss = Find(path, line, number, "loss").AsDouble();
        return (Find(path, line, number, "index").AsInt(0), loss);
    }

    private static (int Index, string Reason) ReadSkipped(string path, ReadOnlyMemory<byte> line, int number) =>
        (Find(path, line, number, "index").AsInt(0), Find(path, line, number, "reason").AsText());

    /// <summary>Remarks stand right behind the tokens, before the weights, which need not be looked at.</summary>
    private static RunRemarks ReadRemarks(string path, ReadOnlySpan<byte> line, int number)
    {
        var remarks = new RunRemarks();
        var reader = new Utf8JsonReader(line);
        var behindTokens = false;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isTokens = reader.ValueTextEquals("tokens"u8);
            if (reader.ValueTextEquals(RunLine.NearTiesKey) && reader.Read())
                remarks = remarks with { NearTies = ForeignJson.ParseValue(ref reader, Place(path, number), RunLine.NearTiesKey).AsInt(0) };
            else if (reader.ValueTextEquals(RunLine.PrecisionKey) && reader.Read())
                remarks = remarks with { Widened = true };
            else if (reader.ValueTextEquals(RunLine.UnresolvedKey) && reader.Read())
                remarks = remarks with { Unresolved = ForeignJson.ParseValue(ref reader, Place(path, number), RunLine.UnresolvedKey).AsInt(0) };
            else if (behindTokens)
                break;
            else
                reader.Skip();
            behindTokens |= isTokens;
        }

        return remarks;
    }

    private static string Place(string path, int number) => string.Create(CultureInfo.InvariantCulture, $"{path}:{number}");

    /// <summary>Reads one key of a line without parsing what follows it: a line with spectra is large.</summary>
    private static JsonValue Find(string path, ReadOnlyMemory<byte> line, int number, string key)
    {
        try
        {
            var reader = new Utf8JsonReader(line.Span);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var found = !reader.ValueIsEscaped && reader.ValueTextEquals(key);
                reader.Read();
                if (found)
                    return ForeignJson.ParseValue(ref reader, Place(path, number), key);
                reader.Skip();
            }
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}:{number}: not a line of a run ({error.Message.Split(" LineNumber:", 2)[0]}); restore the file, or remove the run's files and start again.", error);
        }

        throw new InputException($"{path}:{number}: the line has no '{key}'; it was not written by layergrad measure.");
    }
}
