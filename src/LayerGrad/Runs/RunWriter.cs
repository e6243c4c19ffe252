using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Runs;

/// <summary>
/// Appends to a run's files, example after example in the dataset's order. Whenever the process is killed, the
/// files hold the whole lines of the first examples and at most one torn line each.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private readonly RunPaths _paths;
    private readonly RunMetadata _metadata;
    private readonly RunState _state;
    private readonly AppendFile _lines;
    private readonly AppendFile? _tokens;
    private AppendFile? _skipped;

    /// <summary>Opens the files where their whole lines end.</summary>
    public RunWriter(RunPaths paths, RunMetadata metadata, RunState state)
    {
        _paths = paths;
        _metadata = metadata;
        _state = state;
        _lines = new AppendFile(paths.Lines, state.LinesLength);
        _tokens = metadata.Measurement.Tokens ? new AppendFile(paths.Tokens, state.TokensLength) : null;
        if (File.Exists(paths.Skipped))
            _skipped = new AppendFile(paths.Skipped, state.SkippedLength);
    }

    /// <summary>Writes the examples of a window that the run asks for and that are not written yet.</summary>
    /// <param name="examples">The window's examples.</param>
    /// <param name="measurements">One an example of the window; null for those skipped before measuring.</param>
    public void Write(IReadOnlyList<EncodedExample> examples, IReadOnlyList<Measurement?> measurements)
    {
        for (var i = 0; i < measurements.Count; i++)
        {
            var example = examples[i];
            if (example.Example.Index <= _state.Last || example.Example.Index < _metadata.First || example.Example.Index >= _metadata.End)
                continue;
            var reason = measurements[i] is { } measurement ? measurement.Unwritable : example.SkipReason;
            if (reason is null)
                WriteMeasured(example, measurements[i]!);
            else
                WriteSkipped(example, reason);
        }

        _skipped?.Flush();
        _tokens?.Flush();
        _lines.Flush();
    }

    public void Dispose()
    {
        _lines.Dispose();
        _tokens?.Dispose();
        _skipped?.Dispose();
    }

    private void WriteMeasured(EncodedExample example, Measurement measurement)
    {
        _tokens?.Append(TokensLine.Write(example.Tokens!, measurement));
        _lines.Append(MeasuredLine.Write(example.Example, measurement));
        _state.Measured.Add((example.Example.Index, measurement.Loss));
        _state.Count(new RunRemarks(measurement.RouterNearTies, measurement.MeasuredIn is not null, measurement.Unresolved));
    }

    private void WriteSkipped(EncodedExample example, string reason)
    {
        _skipped ??= new AppendFile(_paths.Skipped, 0);
        _skipped.Append(SkippedLine.Write(example.Example, reason));
        _state.Skipped.Add(new SkippedExample(example.Example.Index, reason));
    }
}
