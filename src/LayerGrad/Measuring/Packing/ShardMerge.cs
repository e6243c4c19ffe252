using LayerGrad.Runs;
using LayerGrad.Runs.Lines;

namespace LayerGrad.Measuring.Packing;

/// <summary>Joins the shards of one plan into the files that one run would have written, byte for byte.</summary>
internal static class ShardMerge
{
    /// <summary>Merges shards. The output's files appear whole, or not at all.</summary>
    /// <param name="shards">The <c>RUN.jsonl</c> of every shard, in any order.</param>
    /// <param name="output">The <c>RUN.jsonl</c> to write.</param>
    /// <returns>What the merged run holds.</returns>
    /// <exception cref="InputException">A shard is missing, not complete, given twice, or of another plan.</exception>
    public static MeasureSummary Merge(IReadOnlyList<string> shards, string output)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var paths = new RunPaths(output);
        var parts = shards.Select(Part.Open).ToList();
        OutputPlaces.Check("--out", paths.All, RunPaths.AllOf(shards));
        CheckSamePlan(parts);
        RunState[] states = [.. parts.Select(part => part.ReadComplete())];
        var merged = parts[0].Metadata with
        {
            Shard = null,
            Devices = [.. parts.OrderBy(part => part.Metadata.Shard!.Index).SelectMany(part => part.Metadata.Devices).Distinct()],
            Results = RunResults.Of(states),
        };
        paths.Prepare();
        using var held = RunLock.Take(paths);
        CheckOutput(paths, merged);
        Write(paths, parts, merged);
        return MeasureSummary.Of(paths, RunState.Read(paths, merged), 0, 0, clock.Elapsed, nothingToDo: false);
    }

    private static void CheckSamePlan(List<Part> parts)
    {
        if (parts.Count == 0)
            throw new InputException("layergrad merge: name the shards to merge.");
        var first = parts[0];
        var count = first.Metadata.Shard!.Count;
        var seen = new Part?[count];
        foreach (var part in parts)
        {
            var difference = part.Metadata.DifferenceFrom(first.Metadata) ?? part.DifferenceOfPlan(first);
            if (difference is var (what, here, there))
                throw new InputException($"{part.Paths.Lines}: not a shard of the same plan as {first.Paths.Lines}: {what} is {here} here and {there} there.");
            var index = part.Metadata.Shard!.Index;
            if (seen[index] is { } other)
                throw new InputException($"{part.Paths.Lines}: shard {part.Metadata.Shard} was given already, as {other.Paths.Lines}.");
            seen[index] = part;
        }

        var missing = Array.IndexOf(seen, null);
        if (missing >= 0)
            throw new InputException($"layergrad merge: shard {missing}/{count} is missing; measure it with --shard {missing}/{count} and name its file too.");
    }

    /// <summary>What stands at the output already may be replaced only by the same run.</summary>
    private static void CheckOutput(RunPaths paths, RunMetadata merged)
    {
        if (File.Exists(paths.Metadata))
        {
            var there = RunMetadata.Read(paths.Metadata);
            if (there.Shard is not null || there.DifferenceFrom(merged) is not null || !there.Windows.SequenceEqual(merged.Windows))
                throw new InputException($"{paths.Lines}: another run stands there; name another --out.");
        }
        else if (File.Exists(paths.Lines) && new FileInfo(paths.Lines).Length > 0)
        {
            throw new InputException($"{paths.Lines}: the file exists and was not written by layergrad; name another --out, or remove it.");
        }
    }

    private static void Write(RunPaths paths, List<Part> parts, RunMetadata merged)
    {
        var files = new List<(string Path, Func<RunPaths, string> Of)> { (paths.Lines, run => run.Lines) };
        if (parts.Exists(part => File.Exists(part.Paths.Skipped)))
            files.Add((paths.Skipped, run => run.Skipped));
        if (merged.Measurement.Tokens)
            files.Add((paths.Tokens, run => run.Tokens));
        var drafts = new List<Draft>();
        try
        {
            foreach (var (path, of) in files)
            {
                drafts.Add(new Draft(path));
                Interleave(drafts[^1].File, [.. parts.Select(part => of(part.Paths)).Where(File.Exists)]);
            }

            RunMetadataJson.WriteAtomically(paths.Metadata, merged);
            drafts.ForEach(static draft => draft.Place());
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{paths.Lines}: cannot be written: {FileFailure.Reason(error)}; nothing was changed.", error);
        }
        finally
        {
            drafts.ForEach(static draft => draft.Dispose());
        }
    }

    /// <summary>Takes the line with the smallest index of all shards, again and again.</summary>
    private static void Interleave(FileStream output, List<string> sources)
    {
        var scanners = new List<Utf8LineReader>();
        try
        {
            var next = new PriorityQueue<(Utf8LineReader Lines, string Path), int>();
            foreach (var source in sources)
            {
                var scanner = new Utf8LineReader(source, wholeLines: true);
                scanners.Add(scanner);
                Enqueue(next, scanner, source);
            }

            while (next.TryDequeue(out var source, out _))
            {
                output.Write(source.Lines.Current.Span);
                output.WriteByte((byte)'\n');
                Enqueue(next, source.Lines, source.Path);
            }

            output.Flush(flushToDisk: true);
        }
        finally
        {
            scanners.ForEach(scanner => scanner.Dispose());
        }
    }

    private static void Enqueue(PriorityQueue<(Utf8LineReader Lines, string Path), int> queue, Utf8LineReader scanner, string path)
    {
        if (scanner.TryRead(out _))
            queue.Enqueue((scanner, path), RunState.IndexOf(path, scanner));
    }

    /// <summary>One shard: where it is and what it says of itself.</summary>
    private sealed record Part(RunPaths Paths, RunMetadata Metadata)
    {
        public static Part Open(string path)
        {
            if (!File.Exists(path))
                throw new InputException($"{path}: no such file; layergrad merge takes the RUN.jsonl of every shard.");
            var paths = new RunPaths(path);
            var metadata = RunMetadata.Read(paths.Metadata);
            return metadata.Shard is null
                ? throw new InputException($"{path}: this is a whole run, not a shard of one.")
                : new Part(paths, metadata);
        }

        public (string What, string Mine, string Theirs)? DifferenceOfPlan(Part other)
        {
            var (mine, theirs) = (Metadata, other.Metadata);
            if (mine.Shard!.Count != theirs.Shard!.Count)
                return ("the number of shards", $"{mine.Shard.Count}", $"{theirs.Shard.Count}");
            if (mine.TokenBudget != theirs.TokenBudget)
                return ("the token budget (from --memory)", $"{mine.TokenBudget}", $"{theirs.TokenBudget}");
            return mine.Windows.SequenceEqual(theirs.Windows) ? null : ("the division into packing windows", "one", "another");
        }

        public RunState ReadComplete()
        {
            var state = RunState.Read(Paths, Metadata);
            var expected = Metadata.Positions().Count();
            if (state.Done != expected)
                throw new InputException($"{Paths.Lines}: shard {Metadata.Shard} is not complete: {state.Done} of {expected} examples are done; give its measure command again, then merge.");
            return state;
        }
    }
}
