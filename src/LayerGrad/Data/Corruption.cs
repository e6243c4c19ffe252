using LayerGrad.Examples;

namespace LayerGrad.Data;

/// <summary>Makes irrelevant answers out of the dataset's own.</summary>
internal static class Corruption
{
    /// <summary>Gives every record an answer that is not its own.</summary>
    /// <param name="examples">The dataset.</param>
    /// <param name="mode">What is exchanged: whole answers, or their sentences.</param>
    /// <param name="seed">Equal seeds give equal results on every machine.</param>
    /// <param name="sameAllowed">Where an answer is too frequent to avoid, whether as few records as possible may keep an equal one.</param>
    /// <param name="source">The dataset's name, for errors.</param>
    /// <exception cref="InputException">The dataset has fewer than two records, or some must keep an equal answer and that is not allowed.</exception>
    public static CorruptedDataset Corrupt(IReadOnlyList<Example> examples, CorruptionMode mode, ulong seed, bool sameAllowed, string source)
    {
        if (examples.Count < 2)
            throw new InputException($"{source}: one record alone cannot have another record's answer; give at least two.");
        var random = new SeededRandom(seed);
        var corrupted = mode == CorruptionMode.Answers ? ExchangeAnswers(examples, random) : ExchangeSentences(examples, random);
        var unchanged = examples.Zip(corrupted).Count(pair => Same(pair.First.Output, pair.Second.Output));
        if (unchanged == 0 || sameAllowed)
            return new CorruptedDataset(corrupted, unchanged);
        var frequent = examples.GroupBy(example => example.Output.Trim(), StringComparer.Ordinal).MaxBy(group => group.Count())!;
        throw new InputException(
            $"{source}: {frequent.Count()} of {examples.Count} records have the answer '{Shorten(frequent.Key)}', so at least {unchanged} must keep an equal one; " +
            "give --same-allowed to accept that, or take a balanced sample.");
    }

    private static List<Example> ExchangeAnswers(IReadOnlyList<Example> examples, SeededRandom random)
    {
        var source = Derangement.Deal(Number(examples.Select(example => example.Output.Trim())), random);
        return [.. examples.Select((example, i) => example with { Output = examples[source[i]].Output })];
    }

    private static List<Example> ExchangeSentences(IReadOnlyList<Example> examples, SeededRandom random)
    {
        var sentences = examples.Select(example => Sentences.Split(example.Output)).ToList();
        var pool = sentences.SelectMany(list => list).ToList();
        var owner = sentences.SelectMany((list, i) => Enumerable.Repeat(i, list.Count)).ToArray();
        var own = sentences.ConvertAll(list => list.ToHashSet(StringComparer.Ordinal));
        var source = Derangement.Deal(Number(owner), random, (place, item) => own[owner[place]].Contains(pool[item]));
        var answers = sentences.ConvertAll(list => new List<string>(list.Count));
        for (var place = 0; place < owner.Length; place++)
            answers[owner[place]].Add(pool[source[place]]);
        return [.. examples.Select((example, i) => example with { Output = string.Join(' ', answers[i]) })];
    }

    private static int[] Number<T>(IEnumerable<T> kinds) where T : notnull
    {
        var numbers = new Dictionary<T, int>();
        return [.. kinds.Select(kind => numbers.TryGetValue(kind, out var number) ? number : numbers[kind] = numbers.Count)];
    }

    private static bool Same(string a, string b) => a.Trim() == b.Trim();

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
