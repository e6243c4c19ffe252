using LayerGrad.Examples;

namespace LayerGrad.Data.Synthesis;

/// <summary>
/// Knowledge texts about an invented world, after the contrast that the paper draws between popular and unpopular pages:
/// popular entities stand in the training texts again and again, rare ones nowhere.
/// </summary>
internal sealed class KnowledgeSynthesis
{
    private const int PopularEntities = 20;
    private const int TrainWords = 60;
    private const int RareFacts = 4;

    /// <summary>There are names for about 75,000 entities; beyond this, finding a new one takes long.</summary>
    private const int MostTexts = 50_000;

    private readonly InventedWorld _world;
    private readonly SeededRandom _random;
    private readonly int _count;

    /// <summary>Draws a world.</summary>
    /// <param name="count">How many texts of each sort.</param>
    /// <param name="seed">Equal seeds give equal texts on every machine.</param>
    /// <exception cref="InputException">There are not so many names.</exception>
    public KnowledgeSynthesis(int count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > MostTexts)
            throw new InputException($"{count} knowledge texts cannot be made; up to {MostTexts} can.");
        _count = count;
        _world = new InventedWorld(seed, PopularEntities, count);
        _random = new SeededRandom(seed ^ 0x6b6e6f776c656467UL);
    }

    /// <summary>Texts about popular entities that end with the sentence in which they reach a number of words.</summary>
    /// <param name="words">The number of words; at most 1,000.</param>
    public IReadOnlyList<Example> Popular(int words)
    {
        if (words is < 1 or > 1000)
            throw new InputException($"knowledge texts of {words} words cannot be made; between 1 and 1000 can.");
        return Examples(i => _world.Popular[i % PopularEntities], entity => Write(entity, words, entity.Facts.Count));
    }

    /// <summary>Texts to train on: popular entities only, in short texts of varied wording and choice of facts.</summary>
    public IReadOnlyList<Example> Train() => Popular(TrainWords);

    /// <summary>One short text for each rare entity.</summary>
    public IReadOnlyList<Example> Rare() => Examples(i => _world.Rare[i], entity => Write(entity, int.MaxValue, RareFacts));

    private List<Example> Examples(Func<int, KnowledgeEntity> entity, Func<KnowledgeEntity, string> text) =>
        [.. Enumerable.Range(0, _count).Select(i => new Example(i, $"Tell me about {entity(i).Name}.", "", text(entity(i))))];

    /// <summary>The first three facts say what the entity is and come first; of the others a random choice follows.</summary>
    private string Write(KnowledgeEntity entity, int words, int facts)
    {
        const int Definition = 3;
        var order = Enumerable.Range(0, Definition).Concat(_random.Sample(entity.Facts.Count - Definition, facts - Definition).Select(fact => fact + Definition));
        var sentences = new List<string>();
        var written = 0;
        foreach (var fact in order)
        {
            var sentence = entity.Facts[fact][_random.Next(entity.Facts[fact].Count)];
            sentences.Add(sentence);
            written += sentence.Count(c => c == ' ') + 1;
            if (written >= words)
                break;
        }

        return string.Join(' ', sentences);
    }
}
