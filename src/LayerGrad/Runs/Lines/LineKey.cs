using System.Text.Json;

namespace LayerGrad.Runs.Lines;

/// <summary>What a key of a line of <c>RUN.jsonl</c> stands for.</summary>
internal enum LineKey
{
    /// <summary>Nothing that is known here: another program's.</summary>
    Other,

    /// <summary><see cref="RunKeys.Instruction"/>.</summary>
    Instruction,

    /// <summary><see cref="RunKeys.Output"/>.</summary>
    Output,

    /// <summary><see cref="RunKeys.Loss"/>.</summary>
    Loss,

    /// <summary><see cref="RunKeys.Index"/>.</summary>
    Index,

    /// <summary><see cref="RunKeys.Step"/>.</summary>
    Step,

    /// <summary><see cref="RunKeys.Tokens"/>.</summary>
    Tokens,

    /// <summary><see cref="RunKeys.NearTies"/>.</summary>
    NearTies,

    /// <summary><see cref="RunKeys.Precision"/>.</summary>
    Precision,

    /// <summary><see cref="RunKeys.Unresolved"/>.</summary>
    Unresolved,

    /// <summary>The name of a weight, which alone has dots in it.</summary>
    Weight,
}

/// <summary>Reads the keys of lines.</summary>
internal static class LineKeys
{
    private static readonly (byte[] Name, LineKey Key)[] s_keys =
    [
        .. new (string Name, LineKey Key)[]
        {
            (RunKeys.Instruction, LineKey.Instruction), (RunKeys.Output, LineKey.Output), (RunKeys.Loss, LineKey.Loss), (RunKeys.Index, LineKey.Index),
            (RunKeys.Step, LineKey.Step), (RunKeys.Tokens, LineKey.Tokens), (RunKeys.NearTies, LineKey.NearTies), (RunKeys.Precision, LineKey.Precision),
            (RunKeys.Unresolved, LineKey.Unresolved),
        }.Select(entry => (System.Text.Encoding.UTF8.GetBytes(entry.Name), entry.Key)),
    ];

    /// <summary>The key at which a reader stands.</summary>
    /// <exception cref="InvalidOperationException">It is not valid Unicode.</exception>
    public static LineKey Of(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Contains((byte)'.'))
            return LineKey.Weight;
        foreach (var (name, key) in s_keys)
        {
            if (reader.ValueTextEquals(name))
                return key;
        }

        return LineKey.Other;
    }
}
