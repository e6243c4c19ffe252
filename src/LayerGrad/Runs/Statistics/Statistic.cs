namespace LayerGrad.Runs.Statistics;

/// <summary>What a run file says about one weight's gradient G (out × in), by the keys of the original's schema.</summary>
public enum Statistic
{
    /// <summary><c>M_mean</c>: mean of the elements of G.</summary>
    Mean,

    /// <summary><c>M_max</c>: largest element of G.</summary>
    Max,

    /// <summary><c>M_min</c>: smallest element of G.</summary>
    Min,

    /// <summary><c>frobenius_norm</c>: square root of the sum of squared elements.</summary>
    FrobeniusNorm,

    /// <summary><c>S_sum</c>: sum of the singular values, the nuclear norm.</summary>
    SingularSum,

    /// <summary><c>S_max</c>: largest singular value, the spectral norm.</summary>
    SingularMax,

    /// <summary><c>S_min</c>: smallest singular value; rounding noise wherever an example has fewer tokens than G has rows.</summary>
    SingularMin,

    /// <summary><c>effective_rank</c>: exp of the entropy of the singular values divided by their sum (Roy and Vetterli 2007).</summary>
    EffectiveRank,

    /// <summary><c>rank</c>: number of singular values above the rounding limit.</summary>
    Rank,
}

/// <summary>The names of <see cref="Statistic"/> in run files.</summary>
internal static class StatisticKeys
{
    private static readonly string[] s_names =
        ["M_mean", "M_max", "M_min", "frobenius_norm", "S_sum", "S_max", "S_min", "effective_rank", "rank"];

    private static readonly byte[][] s_utf8Names = [.. s_names.Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>How many statistics there are.</summary>
    public static int Count => s_names.Length;

    /// <summary>The key of a statistic in a run file.</summary>
    public static string Key(Statistic statistic) => s_names[(int)statistic];

    /// <summary>The statistic of the key at which the reader stands; −1 where it names none.</summary>
    public static int Find(ref System.Text.Json.Utf8JsonReader reader)
    {
        for (var i = 0; i < s_utf8Names.Length; i++)
        {
            if (reader.ValueTextEquals(s_utf8Names[i]))
                return i;
        }

        return -1;
    }
}
