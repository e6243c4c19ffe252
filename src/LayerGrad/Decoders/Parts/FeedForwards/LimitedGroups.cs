using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>Leaves to a token's choice the experts of the best groups alone; see <see cref="ExpertGroups"/>.</summary>
internal static class LimitedGroups
{
    /// <summary>Sets what the experts of all other groups are compared by to −∞. Of equal groups the first is the better.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="choice">What experts are compared by.</param>
    /// <param name="slack">How much of it a near tie is.</param>
    /// <returns>Whether the worst group that is kept and the best that is not are so nearly tied.</returns>
    public static bool Keep(ExpertGroups groups, Span<double> choice, ReadOnlySpan<double> slack)
    {
        if (groups.Chosen == groups.Count)
            return false;
        Span<double> values = groups.Count <= 64 ? stackalloc double[groups.Count] : new double[groups.Count];
        Span<double> slacks = groups.Count <= 64 ? stackalloc double[groups.Count] : new double[groups.Count];
        var size = choice.Length / groups.Count;
        for (var group = 0; group < groups.Count; group++)
            (values[group], slacks[group]) = Value(choice.Slice(group * size, size), slack.Slice(group * size, size), groups.Counted);

        var (worst, best) = (-1, -1);
        for (var group = 0; group < groups.Count; group++)
        {
            if (Rank(values, group) < groups.Chosen)
            {
                worst = worst < 0 || values[group] < values[worst] ? group : worst;
                continue;
            }

            best = best < 0 || values[group] > values[best] ? group : best;
            choice.Slice(group * size, size).Fill(double.NegativeInfinity);
        }

        return worst >= 0 && best >= 0 && values[worst] - values[best] < Math.Max(slacks[worst], slacks[best]);
    }

    /// <summary>The sum of a group's best experts, and how much of it a near tie is.</summary>
    private static (double Value, double Slack) Value(ReadOnlySpan<double> choice, ReadOnlySpan<double> slack, int counted)
    {
        var (value, most) = (0.0, 0.0);
        for (var expert = 0; expert < choice.Length; expert++)
        {
            if (Rank(choice, expert) >= counted)
                continue;
            value += choice[expert];
            most += slack[expert];
        }

        return (value, most);
    }

    /// <summary>How many values are larger than one, or equal and before it.</summary>
    private static int Rank(ReadOnlySpan<double> values, int place)
    {
        var rank = 0;
        for (var other = 0; other < values.Length; other++)
        {
            if (values[other] > values[place] || (values[other] == values[place] && other < place))
                rank++;
        }

        return rank;
    }
}
