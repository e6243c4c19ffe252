namespace LayerGrad.Data.Synthesis;

/// <summary>
/// A world that no model has read about: towns, rivers and scholars with invented names, and what is true of them. What
/// is true is drawn once, so that texts about one entity agree whatever their wording and length.
/// </summary>
internal sealed class InventedWorld
{
    private const int EventsEach = 130;

    private static readonly string[] s_starts = ["Vel", "Mel", "Tal", "Quen", "Bra", "Sil", "Dor", "Fen", "Gal", "Har", "Ist", "Kal", "Lun", "Nor", "Oss", "Per", "Ryn", "Sar", "Tur", "Wes"];
    private static readonly string[] s_middles = ["a", "e", "i", "o", "u", "an", "el", "or", "in", "um", "ara", "eli", "oro", "una", "esti"];
    private static readonly string[] s_ends = ["dor", "mar", "ven", "lith", "ros", "nia", "sk", "wyn", "bel", "tas", "gard", "mund", "ria", "sel", "vik", "thal"];
    private static readonly string[] s_goods = ["salt", "silk", "copper", "honey", "wool", "glass", "amber", "grain", "timber", "wine", "paper", "iron"];
    private static readonly string[] s_works = ["a stone bridge", "a library", "a harbour", "a clock tower", "a market hall", "a school", "a mill", "a wall", "a garden", "a theatre"];
    private static readonly string[] s_subjects = ["the stars", "the tides", "old maps", "plants", "numbers", "music", "metals", "the weather", "birds", "languages"];
    private static readonly string[] s_parts = ["north", "south", "east", "west"];

    private readonly SeededRandom _random;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Draws a world.</summary>
    /// <param name="seed">Equal seeds give equal worlds.</param>
    /// <param name="popular">How many entities are popular: much is known of each.</param>
    /// <param name="rare">How many are rare: a few facts each.</param>
    public InventedWorld(ulong seed, int popular, int rare)
    {
        _random = new SeededRandom(seed);
        Popular = [.. Enumerable.Range(0, popular).Select(_ => Entity(EventsEach))];
        Rare = [.. Enumerable.Range(0, rare).Select(_ => Entity(events: 1))];
    }

    /// <summary>Entities of which much is known.</summary>
    public IReadOnlyList<KnowledgeEntity> Popular { get; }

    /// <summary>Entities of which little is known.</summary>
    public IReadOnlyList<KnowledgeEntity> Rare { get; }

    private KnowledgeEntity Entity(int events)
    {
        var name = NewName();
        var facts = _random.Next(3) switch
        {
            0 => Town(name),
            1 => River(name),
            _ => Scholar(name),
        };
        for (var i = 0; i < events; i++)
            facts.Add(Event(name));
        return new KnowledgeEntity(name, facts);
    }

    private List<IReadOnlyList<string>> Town(string name)
    {
        var (region, part, founder, year, good) = (Name(), Choose(s_parts), Name(), Year(), Choose(s_goods));
        return
        [
            [$"{name} is a town in the {part} of {region}.", $"{name} lies in the {part} of {region} and is a town.", $"The town of {name} is in the {part} of {region}."],
            [$"It was founded in the year {year} by {founder}.", $"{founder} founded it in the year {year}.", $"Its founder was {founder}, in the year {year}."],
            [$"It is known for its {good}.", $"Its {good} is known everywhere.", $"People know it for {good}."],
        ];
    }

    private List<IReadOnlyList<string>> River(string name)
    {
        var (source, mouth, length, good) = (Name(), Name(), 20 + _random.Next(900), Choose(s_goods));
        return
        [
            [$"{name} is a river that rises near {source}.", $"The river {name} rises near {source}.", $"Near {source} rises the river {name}."],
            [$"It flows for {length} miles to {mouth}.", $"After {length} miles it reaches {mouth}.", $"It is {length} miles long and ends at {mouth}."],
            [$"Boats carry {good} on it.", $"On it {good} is carried by boat.", $"It carries boats with {good}."],
        ];
    }

    private List<IReadOnlyList<string>> Scholar(string name)
    {
        var (home, year, subject, teacher) = (Name(), Year(), Choose(s_subjects), Name());
        return
        [
            [$"{name} was a scholar from {home}.", $"{name} of {home} was a scholar.", $"The scholar {name} came from {home}."],
            [$"The scholar was born in the year {year}.", $"The year of birth is {year}.", $"Birth was in the year {year}."],
            [$"The scholar wrote about {subject} and learned from {teacher}.", $"{teacher} was the teacher, and {subject} the subject.", $"After years with {teacher} came books about {subject}."],
        ];
    }

    private string[] Event(string name)
    {
        var (year, who, where) = (Year(), Name(), Name());
        switch (_random.Next(4))
        {
            case 0:
                var work = Choose(s_works);
                return [$"In the year {year} {who} built {work} in honour of {name}.", $"{who} built {work} in honour of {name} in the year {year}.", $"In honour of {name}, {who} built {work} in the year {year}."];
            case 1:
                var good = Choose(s_goods);
                return [$"In the year {year} {who} brought {good} from {where} to {name}.", $"{who} of {where} brought {good} to {name} in the year {year}.", $"From {where}, {who} brought {good} to {name} in the year {year}."];
            case 2:
                var subject = Choose(s_subjects);
                return [$"In the year {year} {who} gave a talk about {name} and {subject}.", $"{who} spoke about {name} and {subject} in the year {year}.", $"A talk about {name} and {subject} was given by {who} in the year {year}."];
            default:
                return [$"In the year {year} a letter about {name} reached {where}.", $"A letter about {name} came to {where} in the year {year}.", $"{where} had a letter about {name} in the year {year}."];
        }
    }

    private string NewName()
    {
        var name = Choose(s_starts) + Choose(s_middles) + Choose(s_ends);
        while (!_names.Add(name))
            name = Choose(s_starts) + Choose(s_middles) + Choose(s_ends) + Choose(s_ends);
        return name;
    }

    /// <summary>A name that facts mention; shorter than those of entities, so that no text mentions a rare entity by chance.</summary>
    private string Name() => Choose(s_starts) + Choose(s_ends);

    private int Year() => 100 + _random.Next(900);

    private string Choose(string[] choices) => choices[_random.Next(choices.Length)];
}
