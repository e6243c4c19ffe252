using System.Text;

namespace LayerGrad.Fuzz.Mutations;

/// <summary>Changes a text by its words: pieces of the language are put in, taken out, repeated and exchanged.</summary>
/// <param name="words">Pieces of the language that the reader reads.</param>
internal sealed class TextMutation(params string[] words)
{
    /// <summary>Makes one to five changes; one in twenty is of bytes.</summary>
    public byte[] Mutate(byte[] text, Random random)
    {
        if (random.Next(20) == 0)
            return BinaryMutation.Mutate(text, random);
        var changed = new StringBuilder(Encoding.UTF8.GetString(text));
        for (var changes = 1 + random.Next(5); changes > 0; changes--)
            Change(changed, random);
        return Encoding.UTF8.GetBytes(changed.ToString());
    }

    private void Change(StringBuilder text, Random random)
    {
        var at = random.Next(text.Length + 1);
        var length = Math.Min(1 + random.Next(random.Of<int>([2, 8, 40])), text.Length - at);
        switch (random.Next(7))
        {
            case 0 or 1:
                text.Insert(at, random.Of(words));
                break;
            case 2:
                text.Remove(at, length).Insert(at, random.Of(words));
                break;
            case 3:
                text.Remove(at, length);
                break;
            case 4:
                text.Insert(random.Next(text.Length + 1), text.ToString(at, length));
                break;
            case 5:
                text.Insert(at, random.Next(2) == 0 ? random.Of(Extremes.Numbers) : random.Of(Extremes.Texts));
                break;
            default:
                text.Insert(at, string.Concat(Enumerable.Repeat(random.Of(words), random.Of<int>([2, 30, 3_000]))));
                break;
        }
    }
}
