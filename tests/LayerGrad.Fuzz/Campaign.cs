using System.Diagnostics;
using System.Globalization;
using LayerGrad.Fuzz.Targets;
using LayerGrad.Fuzz.Workers;

namespace LayerGrad.Fuzz;

/// <summary>How long a target is tried, and from where.</summary>
/// <param name="Mutations">How many mutations.</param>
/// <param name="Time">How long; it ends at whatever comes first.</param>
/// <param name="Seed">Together with the target's name and a mutation's number it says what the mutation is.</param>
/// <param name="Corpus">The folder with what failed before, by target.</param>
internal sealed record CampaignOptions(int Mutations, TimeSpan Time, int Seed, string Corpus);

/// <summary>Tries a target: its sound inputs, then what failed before, then mutations. What fails is made small and kept.</summary>
internal sealed class Campaign(FuzzTarget target, CampaignOptions options, TextWriter report)
{
    private readonly HashSet<string> _known = [];
    private int _read;
    private int _refused;

    /// <summary>How many different things were found.</summary>
    public int Findings => _known.Count;

    /// <summary>Whether the target told sound from broken: it read some mutations and refused others, or had fewer than a hundred.</summary>
    public bool Tells => _read + _refused < 100 || (_read > 0 && _refused > 0);

    /// <summary>Runs to the end.</summary>
    public void Run()
    {
        var clock = Stopwatch.StartNew();
        using var worker = new WorkerProcess(target.Name, Limits.Promised);
        var seeds = target.Seeds;
        for (var i = 0; i < seeds.Count; i++)
        {
            var verdict = worker.Try(seeds[i]);
            if (verdict.Outcome == Outcome.Refused)
                verdict = Verdict.Finding($"sound input {i} is refused: {verdict.Text}");
            if (verdict.Outcome == Outcome.Finding)
                Tell(verdict, $"sound input {i}");
        }

        var kept = Path.Combine(options.Corpus, target.Name);
        foreach (var file in Directory.Exists(kept) ? Directory.EnumerateFiles(kept).Order(StringComparer.Ordinal).ToArray() : [])
        {
            var verdict = worker.Try(File.ReadAllBytes(file));
            if (verdict.Outcome == Outcome.Finding)
                Tell(verdict, file);
        }

        (_read, _refused) = (0, 0);
        var done = 0;
        for (; done < options.Mutations && clock.Elapsed < options.Time; done++)
            TryMutation(worker, done);
        lock (report)
            report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {done} mutations: {_read} read, {_refused} refused, {Findings} findings, {clock.Elapsed.TotalSeconds:0.0} s"));
    }

    /// <summary>A mutation by its number.</summary>
    internal byte[] Mutation(int number)
    {
        var random = new Random(unchecked((options.Seed * 1_000_003) + (target.Name.Aggregate(17, static (hash, letter) => (hash * 31) + letter) * 7919) + number));
        return target.Mutate(target.Seeds[random.Next(target.Seeds.Count)], random);
    }

    private void TryMutation(WorkerProcess worker, int number)
    {
        var input = Mutation(number);
        var verdict = worker.Try(input);
        switch (verdict.Outcome)
        {
            case Outcome.Read:
                _read++;
                break;
            case Outcome.Refused:
                _refused++;
                break;
            default:
                if (_known.Contains(verdict.Key))
                    return;
                var small = Reduction.Reduce(worker, input, verdict);
                var folder = Directory.CreateDirectory(Path.Combine(options.Corpus, target.Name)).FullName;
                var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{options.Seed}-{number}"));
                File.WriteAllBytes(file, small);
                Tell(verdict, $"mutation {number}, kept in {file}");
                break;
        }
    }

    private void Tell(Verdict verdict, string what)
    {
        _known.Add(verdict.Key);
        lock (report)
            report.WriteLine($"{target.Name}: {what}: {verdict.Text}");
    }
}
