namespace LayerGrad.Fuzz.Mutations;

/// <summary>Changes JSON at its tree, so that what is changed stays JSON and gets past the parser.</summary>
/// <param name="words">Texts that mean something to the reader, beside those of <see cref="Extremes"/>.</param>
internal sealed class JsonMutation(params string[] words)
{
    private const int LargestText = 4_000_000;

    /// <summary>Changes one to three places of a value; one in twenty loses its form too.</summary>
    /// <param name="json">Sound JSON.</param>
    /// <param name="random">Chooses.</param>
    public byte[] Mutate(byte[] json, Random random)
    {
        var text = MutateText(JsonTree.Parse(json), random);
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return random.Next(20) == 0 ? BinaryMutation.Mutate(bytes, random) : bytes;
    }

    private string MutateText(JsonTree root, Random random)
    {
        for (var changes = 1 + random.Next(3); changes > 0; changes--)
            Change(root, random);
        return root.ToText();
    }

    private void Change(JsonTree root, Random random)
    {
        var all = root.All();
        var chosen = random.Of(all);
        switch (random.Next(10))
        {
            case 0 or 1:
                chosen = random.Of(all.FindAll(static value => value.Raw is not null) is { Count: > 0 } scalars ? scalars : all);
                chosen.Become(JsonTree.Scalar(random.Of(Extremes.Numbers)));
                break;
            case 2 or 3:
                chosen = random.Of(all.FindAll(static value => value.Raw?.StartsWith('"') is true) is { Count: > 0 } texts ? texts : all);
                chosen.Become(JsonTree.Scalar(JsonTree.Quote(Word(random))));
                break;
            case 4:
                chosen.Become(JsonTree.Scalar(random.Of<string>(["null", "true", "false", "[]", "{}", "\"a\"", "7", "[[]]", "{\"a\":1}", "\"\\ud800\"", "\"\\u0000\""])));
                break;
            case 5:
                chosen.Become(random.Of(all).Copy());
                break;
            case 6:
                chosen.Nest(random.Of<int>([1, 2, 63, 64, 127, 128, 129, 20_000]), random.Next(2) == 0);
                break;
            default:
                ChangeChildren(random.Of(all.FindAll(static value => value.Children is { Count: > 0 }) is { Count: > 0 } parents ? parents : all), random);
                break;
        }
    }

    private void ChangeChildren(JsonTree parent, Random random)
    {
        if (parent.Children is not { Count: > 0 } children)
            return;
        var at = random.Next(children.Count);
        var (key, value) = children[at];
        switch (random.Next(5))
        {
            case 0:
                children.RemoveAt(at);
                break;
            case 1: // the key twice, with another value
                children.Insert(random.Next(children.Count + 1), (key, JsonTree.Scalar(random.Of(Extremes.Numbers))));
                break;
            case 2:
                children[at] = (JsonTree.Quote(Word(random)), value);
                break;
            case 3:
                var times = random.Of<int>([1, 2, 10, 300]);
                if ((long)value.ToText().Length * times < LargestText / 4)
                    children.InsertRange(at, Enumerable.Repeat((key, value), times));
                break;
            default:
                var other = random.Next(children.Count);
                (children[at], children[other]) = ((key, children[other].Value), (children[other].Key, value));
                break;
        }
    }

    private string Word(Random random) => words.Length > 0 && random.Next(2) == 0 ? random.Of(words) : random.Of(Extremes.Texts);
}
