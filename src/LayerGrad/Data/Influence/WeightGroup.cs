using System.Globalization;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Data.Influence;

/// <summary>Weights whose inner products are added up.</summary>
/// <param name="Name">Its name in tables and files.</param>
/// <param name="Weights">The places of the weights.</param>
internal sealed record WeightGroup(string Name, IReadOnlyList<int> Weights)
{
    /// <summary>The name of the group of all weights.</summary>
    public const string All = "all";

    /// <summary>Makes groups: all weights first, then those that are asked for.</summary>
    /// <param name="asked"><c>parts</c> (early, middle, late as MAD has them), <c>layers</c>, <c>projections</c>, or <c>NAME=A-B</c>, layers A to B.</param>
    /// <param name="weights">The names of the weights.</param>
    /// <param name="depth">The layers of the model.</param>
    /// <exception cref="InputException">One is not of these forms, or holds no weight.</exception>
    public static IReadOnlyList<WeightGroup> Of(IReadOnlyList<string> asked, IReadOnlyList<string> weights, int depth)
    {
        var parsed = weights.Select(WeightName.Parse).ToList();
        var groups = new List<WeightGroup> { new(All, [.. Enumerable.Range(0, weights.Count)]) };
        foreach (var text in asked)
            groups.AddRange(Parse(text, parsed, depth));
        return groups.GroupBy(group => group.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new InputException($"--groups {string.Join(',', asked)}: '{twice.Key}' is there twice")
            : groups;
    }

    private static IEnumerable<WeightGroup> Parse(string text, List<WeightName> weights, int depth)
    {
        switch (text)
        {
            case "parts":
                var parts = DepthParts.Of(depth);
                (string Name, int First, int End)[] thirds = [("early", 0, parts.EarlyEnd), ("middle", parts.EarlyEnd, parts.LateStart), ("late", parts.LateStart, depth)];
                return thirds.Select(part => Layers(part.Name, part.First, part.End)).Where(group => group.Weights.Count > 0);
            case "layers":
                return weights.Select(weight => weight.Layer).OfType<int>().Distinct().Order().Select(layer => Layers(layer.ToString(CultureInfo.InvariantCulture), layer, layer + 1));
            case "projections":
                return weights.Select(weight => weight.Projection).Distinct(StringComparer.Ordinal).Order(Comparer<string>.Create(WeightName.CompareProjections))
                    .Select(projection => new WeightGroup(projection, [.. Places(weight => weight.Projection == projection)]));
            default:
                return [Range(text)];
        }

        WeightGroup Range(string range)
        {
            var parts = range.Split('=', '-');
            if (parts.Length != 3 || parts[0].Length == 0 || !Number(parts[1], out var first) || !Number(parts[2], out var last) || last < first)
                throw new InputException($"--groups {text}: expected parts, layers, projections, or NAME=A-B for the layers A to B, such as low=0-9");
            var group = Layers(parts[0], first, last + 1);
            return group.Weights.Count > 0 ? group : throw new InputException($"--groups {text}: none of the weights is in these layers; the model has 0 to {depth - 1}");
        }

        WeightGroup Layers(string name, int first, int end) => new(name, [.. Places(weight => weight.Layer >= first && weight.Layer < end)]);

        IEnumerable<int> Places(Func<WeightName, bool> isMember) => Enumerable.Range(0, weights.Count).Where(place => isMember(weights[place]));
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
