using System.Globalization;
using System.Text;
using System.Text.Json;
using LayerGrad.Json;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Runs;

/// <summary>How a run file is read.</summary>
internal sealed record RunReaderOptions
{
    /// <summary>Keep instruction and output of each example; their hashes are kept in any case.</summary>
    public bool Texts { get; init; }

    /// <summary>Keep the singular values (<c>S_list</c>) of each example.</summary>
    public bool Spectra { get; init; }

    /// <summary>Note a line that cannot be read in <see cref="RunReader.BadLines"/> and go on, instead of refusing the file.</summary>
    public bool SkipBad { get; init; }

    /// <summary>Take from singular values also what <c>--statistics</c> might have chosen: reading them takes its time.</summary>
    internal bool ChosenOfSpectrum { get; init; } = true;

    /// <summary>Keep a loss or statistic that is infinite, instead of refusing its line.</summary>
    public bool Infinite { get; init; }
}

/// <summary>A line of a run file that could not be read.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Index">The position in the dataset that it would have had, counting lines.</param>
/// <param name="Reason">What is wrong with it, with the column where that is known.</param>
internal sealed record BadLine(int Line, int Index, string Reason);

/// <summary>
/// Reads a run file one example at a time, in memory that does not grow with the file: LayerGrad's own, the files that the authors of
/// Layer_Gradient released, and those of Gradient_Unified, whose <c>S_list</c> stands in for <c>S_sum</c>, <c>S_max</c>, <c>S_min</c> and
/// <c>effective_rank</c>.
/// </summary>
/// <example><code>
/// using var reader = new RunReader("runs/aqua.jsonl");
/// while (reader.Read())
///     Console.WriteLine(reader.Current[weight: 0, Statistic.SingularSum]);
/// </code></example>
internal sealed class RunReader : IDisposable
{
    private static readonly int s_derivedFromSpectrum = Statistic.All.Where(statistic => statistic.OfSpectrum is not null).Sum(statistic => statistic.Bit);
    private static readonly int s_chosen = Statistic.All.Where(statistic => statistic.IsChosen).Sum(statistic => statistic.Bit);

    /// <summary>What every line has.</summary>
    private static readonly (LineKey Key, string Name)[] s_needed = [(LineKey.Instruction, RunKeys.Instruction), (LineKey.Output, RunKeys.Output), (LineKey.Loss, RunKeys.Loss)];

    private readonly RunReaderOptions _options;
    private readonly Utf8LineReader _lines;
    private readonly List<WeightName> _weights = [];
    private readonly List<byte[]> _names = [];
    private readonly List<BadLine> _badLines = [];
    private readonly List<double> _spectrum = [];
    private readonly List<int> _lineOfWeight = [];
    private readonly List<int> _lengths = [];
    private byte[] _text = new byte[4096];
    private bool _layoutKnown;
    private int _nativeStatistics;
    private int _statistics;
    private int _records;

    /// <summary>Opens a run file.</summary>
    /// <param name="path">The file: JSON lines.</param>
    /// <param name="options">What to keep.</param>
    /// <exception cref="InputException">There is no such file.</exception>
    public RunReader(string path, RunReaderOptions? options = null)
    {
        Path = path;
        _options = options ?? new RunReaderOptions();
        _lines = new Utf8LineReader(path);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The example read last.</summary>
    public RunExample Current { get; } = new();

    /// <summary>The weights, in the order of the file's first line; every line has the same ones.</summary>
    public IReadOnlyList<WeightName> Weights => _weights;

    /// <summary>Lines that could not be read, with <see cref="RunReaderOptions.SkipBad"/>.</summary>
    public IReadOnlyList<BadLine> BadLines => _badLines;

    /// <summary>Whether the file has a statistic, as a key or by way of <c>S_list</c>; known after the first example.</summary>
    public bool Has(Statistic statistic) => (_statistics & statistic.Bit) != 0;

    /// <summary>Reads the next example into <see cref="Current"/>.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InputException">A line is not JSON or not an example, and bad lines are not to be skipped.</exception>
    public bool Read()
    {
        while (_lines.TryRead(out var line))
        {
            if (line.Trim(" \t"u8).IsEmpty)
                continue;
            var index = _records++;
            string reason;
            int column;
            try
            {
                PythonNumbers.Quote(line);
                Parse(line, index);
                return true;
            }
            catch (JsonException error)
            {
                column = (int)(error.BytePositionInLine ?? 0) + 1;
                reason = $"is not JSON: {JsonFault.Describe(line, error)}";
            }
            catch (InvalidOperationException)
            {
                column = 1;
                reason = "has a key that is not valid Unicode (half a surrogate pair)";
            }
            catch (FormatException error)
            {
                column = 1;
                reason = error.Message;
            }

            if (!_options.SkipBad && IsTorn())
                return false;
            if (!_options.SkipBad)
                throw new InputException($"{Path}:{_lines.Line}:{column}: {reason}; mend the line, or leave such lines out with --skip-bad.");
            _badLines.Add(new BadLine(_lines.Line, index, $"column {column}: {reason}"));
            if (!_layoutKnown)
                ForgetLayout();
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    /// <summary>Whether the line is the one that a process was writing when it was killed, or is writing now: the run's next start cuts it off.</summary>
    private bool IsTorn() => !_lines.IsEnded && RunDescription.Of(Path) is { IsComplete: false };

    private void Parse(ReadOnlySpan<byte> line, int index)
    {
        Current.Reset(_lines.Line, index, _weights.Count);
        var reader = new Utf8JsonReader(line);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException("is not a JSON object");
        var (seen, weights) = (0, 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = LineKeys.Of(ref reader);
            var isSecond = (seen & (1 << (int)key)) != 0;
            seen |= 1 << (int)key;
            switch (key)
            {
                case LineKey.Instruction:
                    var instruction = Text(ref reader, RunKeys.Instruction);
                    (Current.InstructionHash, Current.Instruction) = (Only(isSecond, RunKeys.Instruction, Current.InstructionHash, instruction.Hash), instruction.Text);
                    break;
                case LineKey.Output:
                    var output = Text(ref reader, RunKeys.Output);
                    (Current.OutputHash, Current.Output) = (Only(isSecond, RunKeys.Output, Current.OutputHash, output.Hash), output.Text);
                    break;
                case LineKey.Loss:
                    Current.Loss = Only(isSecond, RunKeys.Loss, Current.Loss, Number(ref reader, RunKeys.Loss, _options.Infinite));
                    break;
                case LineKey.Index:
                    Current.Index = Only(isSecond, RunKeys.Index, Current.Index, Integer(ref reader, RunKeys.Index));
                    break;
                case LineKey.Step:
                    var step = Integer(ref reader, RunKeys.Step);
                    Current.Step = Only(isSecond, RunKeys.Step, Current.Step ?? step, step);
                    break;
                case LineKey.Tokens:
                    ReadTokens(ref reader);
                    break;
                case LineKey.Weight:
                    weights += ReadWeight(ref reader, weights) ? 1 : 0;
                    break;
                default:
                    reader.Read();
                    reader.Skip();
                    break;
            }
        }

        if (reader.Read())
            throw new FormatException("has something behind its object");
        CheckComplete(seen, weights);
    }

    /// <summary>A value of a key that may stand twice in a line if both say the same.</summary>
    private static T Only<T>(bool isSecond, string key, T former, T value)
        where T : IEquatable<T> => isSecond && !value.Equals(former) ? throw new FormatException($"has \"{key}\" twice, with different values") : value;

    private void CheckComplete(int seen, int weights)
    {
        foreach (var (key, name) in s_needed)
        {
            if ((seen & (1 << (int)key)) == 0)
                throw new FormatException($"has no \"{name}\"");
        }

        if (Current.ResponseTokens > Current.TotalTokens)
            throw new FormatException($"has more \"{RunKeys.Tokens}.{RunKeys.ResponseTokens}\" than \"{RunKeys.Tokens}.{RunKeys.TotalTokens}\"");
        if (Current.ThinkingTokens > Current.ResponseTokens)
            throw new FormatException($"has more \"{RunKeys.Tokens}.{RunKeys.ThinkingTokens}\" than \"{RunKeys.Tokens}.{RunKeys.ResponseTokens}\"");
        if (weights == 0)
            throw new FormatException("has no weight's statistics, such as \"model.layers.0.self_attn.q_proj.weight\"");
        if (weights != _weights.Count)
            throw new FormatException($"has the statistics of {weights} weights where the first line has {_weights.Count}");
        _layoutKnown = true;
    }

    private bool ReadWeight(ref Utf8JsonReader reader, int position)
    {
        var weight = FindWeight(ref reader, position);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        if (weight < 0)
            throw new FormatException("has statistics of a weight that the first line lacks, or of one weight twice");
        if (_lineOfWeight[weight] == _lines.Line)
            throw new FormatException($"has statistics of {_weights[weight].Name} twice");
        _lineOfWeight[weight] = _lines.Line;
        var (native, hasSpectrum, spectrumRead) = (0, false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Statistic.Find(ref reader) is { } statistic)
            {
                ReadStatistic(ref reader, weight, statistic, isSecond: (native & statistic.Bit) != 0);
                native |= statistic.Bit;
            }
            else if (reader.ValueTextEquals(RunKeys.SingularValues))
            {
                if (hasSpectrum)
                    throw new FormatException($"has an {RunKeys.SingularValues} of {_weights[weight].Name} twice");
                (hasSpectrum, spectrumRead) = (true, ReadSpectrum(ref reader, weight));
            }
            else if (reader.ValueTextEquals(RunKeys.Unresolved))
            {
                ReadReason(ref reader, weight);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (spectrumRead)
            DeriveFromSpectrum(weight, native);
        NoteStatistics(weight, native, hasSpectrum);
        return true;
    }

    private void ReadReason(ref Utf8JsonReader reader, int weight)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            throw new FormatException($"has \"{RunKeys.Unresolved}\" of {_weights[weight].Name} that is not text");
        Current.SetUnresolved(weight, reader.GetString()!);
    }

    private void ReadStatistic(ref Utf8JsonReader reader, int weight, Statistic statistic, bool isSecond)
    {
        var value = NumberOrNull(ref reader, statistic.Key);
        if (reader.TokenType == JsonTokenType.Null)
            Current.SetNull(weight, statistic);
        if (double.IsInfinity(value) && !_options.Infinite)
            throw new FormatException($"has {statistic.Key} of {_weights[weight].Name} that is infinite or beyond the range of numbers");
        if (value < 0 && statistic.IsPositive)
            throw new FormatException($"has {statistic.Key} of {_weights[weight].Name} that is negative");
        if (isSecond && !value.Equals(Current[weight, statistic]))
            throw new FormatException($"has {statistic.Key} of {_weights[weight].Name} twice, with different values");
        Current[weight, statistic] = value;
    }

    /// <summary>The position of the weight whose name is read; names come in the first line's order, so its successor is tried first.</summary>
    private int FindWeight(ref Utf8JsonReader reader, int position)
    {
        if (position < _names.Count && reader.ValueTextEquals(_names[position]))
            return position;
        if (!_layoutKnown)
        {
            var name = NameOf(ref reader);
            var bytes = Encoding.UTF8.GetBytes(name);
            if (_names.Exists(known => known.AsSpan().SequenceEqual(bytes)))
                return -1;
            if (WeightName.LayerFault(name) is { } fault)
                throw new FormatException($"has the weight {JsonValue.Shortened(name)}, {fault}");
            _names.Add(bytes);
            _weights.Add(WeightName.Parse(name));
            _lineOfWeight.Add(0);
            _lengths.Add(0);
            Current.Reserve(_weights.Count);
            return _weights.Count - 1;
        }

        for (var i = 0; i < _names.Count; i++)
        {
            if (reader.ValueTextEquals(_names[i]))
                return i;
        }

        return -1;
    }

    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException("has a weight whose name is not valid Unicode", error);
        }
    }

    /// <summary>Every weight has the statistics of the first one; what <c>S_list</c> gives counts, read or not.</summary>
    private void NoteStatistics(int weight, int native, bool hasSpectrum)
    {
        var statistics = native | (hasSpectrum ? s_derivedFromSpectrum : 0);
        if (_statistics == 0)
            (_nativeStatistics, _statistics) = (native, statistics);
        var missing = _statistics & ~statistics;
        if (missing != 0)
        {
            var key = Statistic.All[System.Numerics.BitOperations.TrailingZeroCount(missing)].Key;
            throw new FormatException($"has no {key} for {_weights[weight].Name}, which the weights before it have");
        }
    }

    /// <summary>Reads <c>S_list</c> unless nothing that it gives is wanted.</summary>
    private bool ReadSpectrum(ref Utf8JsonReader reader, int weight)
    {
        reader.Read();
        var wanted = _options.ChosenOfSpectrum ? s_derivedFromSpectrum : s_derivedFromSpectrum & ~s_chosen;
        var needed = _options.Spectra || !_layoutKnown || (_nativeStatistics & wanted) != wanted;
        if (!needed)
        {
            reader.Skip();
            return false;
        }

        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.Null))
            throw new FormatException($"has an {RunKeys.SingularValues} that is not an array");
        _spectrum.Clear();
        if (reader.TokenType == JsonTokenType.Null)
            _spectrum.Add(double.NaN);
        while (reader.TokenType != JsonTokenType.Null && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!PythonNumbers.TryGetDouble(ref reader, out var value))
                throw new FormatException($"has an {RunKeys.SingularValues} with something that is not a number");
            _spectrum.Add(value);
        }

        CheckLength(weight);
        if (_options.Spectra)
            Current.SetSpectrum(weight, [.. _spectrum]);
        return true;
    }

    /// <summary>A weight has as many singular values in every example. A null, which is one NaN here, says nothing of them.</summary>
    private void CheckLength(int weight)
    {
        if (_spectrum is [double.NaN])
            return;
        if (_spectrum.Count == 0)
            throw new FormatException($"has an {RunKeys.SingularValues} of {_weights[weight].Name} without values");
        if (_lengths[weight] > 0 && _lengths[weight] != _spectrum.Count)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"has an {RunKeys.SingularValues} of {_weights[weight].Name} with {_spectrum.Count} values where lines before it have {_lengths[weight]}"));
        _lengths[weight] = _spectrum.Count;
    }

    private void DeriveFromSpectrum(int weight, int native)
    {
        var derived = SpectrumStatistics.Of(_spectrum);
        if (derived.Fault(native, Current[weight, Statistic.SingularSum], Current[weight, Statistic.SingularMax]) is { } fault)
            throw new FormatException($"has an {RunKeys.SingularValues} of {_weights[weight].Name} {fault}");
        foreach (var statistic in Statistic.All)
        {
            if (statistic.OfSpectrum is { } value && (native & statistic.Bit) == 0)
                Current[weight, statistic] = value(derived);
        }
    }

    private void ReadTokens(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(RunKeys.TotalTokens))
            {
                var total = Integer(ref reader, $"{RunKeys.Tokens}.{RunKeys.TotalTokens}");
                Current.TotalTokens = Only(Current.TotalTokens is not null, $"{RunKeys.Tokens}.{RunKeys.TotalTokens}", Current.TotalTokens ?? total, total);
            }
            else if (reader.ValueTextEquals(RunKeys.ResponseTokens))
            {
                var response = Integer(ref reader, $"{RunKeys.Tokens}.{RunKeys.ResponseTokens}");
                Current.ResponseTokens = Only(Current.ResponseTokens is not null, $"{RunKeys.Tokens}.{RunKeys.ResponseTokens}", Current.ResponseTokens ?? response, response);
            }
            else if (reader.ValueTextEquals(RunKeys.ThinkingTokens))
            {
                var thinking = Integer(ref reader, $"{RunKeys.Tokens}.{RunKeys.ThinkingTokens}");
                Current.ThinkingTokens = Only(Current.ThinkingTokens is not null, $"{RunKeys.Tokens}.{RunKeys.ThinkingTokens}", Current.ThinkingTokens ?? thinking, thinking);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private (ulong Hash, string? Text) Text(ref Utf8JsonReader reader, string key)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            throw new FormatException($"has \"{key}\" that is not text");
        if (_text.Length < reader.ValueSpan.Length)
            _text = new byte[Math.Max(reader.ValueSpan.Length, _text.Length * 2)];
        int length;
        try
        {
            length = reader.CopyString(_text);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which Python writes where the dataset has one: the escapes themselves stand for the text.
            reader.ValueSpan.CopyTo(_text);
            length = reader.ValueSpan.Length;
        }

        var text = _text.AsSpan(0, length);
        return (TextHash.Of(text), _options.Texts ? Encoding.UTF8.GetString(text) : null);
    }

    /// <summary>A statistic that could not be computed stands as null; it counts as NaN does.</summary>
    private static double NumberOrNull(ref Utf8JsonReader reader, string key)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? double.NaN
            : PythonNumbers.TryGetDouble(ref reader, out var value) ? value
            : throw new FormatException($"has \"{key}\" that is not a number");
    }

    private static double Number(ref Utf8JsonReader reader, string key, bool infinite)
    {
        reader.Read();
        if (!PythonNumbers.TryGetDouble(ref reader, out var value))
            throw new FormatException($"has \"{key}\" that is not a number");
        return double.IsInfinity(value) && !infinite ? throw new FormatException($"has \"{key}\" that is infinite or beyond the range of numbers") : value;
    }

    private static int Integer(ref Utf8JsonReader reader, string key)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) && value >= 0
            ? value
            : throw new FormatException($"has \"{key}\" that is not a whole number from 0");
    }

    private void ForgetLayout()
    {
        _weights.Clear();
        _names.Clear();
        _lineOfWeight.Clear();
        _lengths.Clear();
        (_nativeStatistics, _statistics) = (0, 0);
    }
}
