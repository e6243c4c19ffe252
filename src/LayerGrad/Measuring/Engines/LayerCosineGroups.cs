using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using LayerGrad.Gradients;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Engines;

/// <summary>
/// Which gradients <c>--cosine</c> compares: weights of one kind and one shape through the layers, and k with v in each
/// layer. The successor of the original script also compares q with o, whose axes mean different things (heads on the
/// outputs of one, on the inputs of the other); that is left out.
/// </summary>
internal sealed partial class LayerCosineGroups
{
    private readonly List<(string Kind, List<(int Layer, SelectedWeight Weight)> Members)> _kinds;
    private readonly List<(int Layer, SelectedWeight Key, SelectedWeight Value)> _pairs;

    /// <summary>The groups among the measured weights.</summary>
    public LayerCosineGroups(IReadOnlyList<SelectedWeight> weights)
    {
        var placed = weights.Select(weight => (Match: Name().Match(weight.Name), Weight: weight)).Where(item => item.Match.Success && item.Weight.Part is null)
            .Select(item => (Layer: int.Parse(item.Match.Groups["layer"].ValueSpan, CultureInfo.InvariantCulture), Path: item.Match.Groups["path"].Value, item.Weight)).ToList();
        var paths = placed.GroupBy(item => item.Path).ToList();
        _kinds = [.. paths.Select(path => (
            Kind: paths.Count(other => Last(other.Key) == Last(path.Key)) == 1 ? Last(path.Key) : path.Key,
            Members: path.Where(item => SameShape(item.Weight, path.First().Weight)).Select(item => (item.Layer, item.Weight)).OrderBy(item => item.Layer).ToList()))];
        _pairs = [.. from key in placed
                    where Last(key.Path) == "k_proj"
                    from value in placed
                    where value.Layer == key.Layer && Last(value.Path) == "v_proj" && SameShape(key.Weight, value.Weight)
                    orderby key.Layer
                    select (key.Layer, key.Weight, value.Weight)];
    }

    /// <summary>The weights of each kind, from the first layer to the last.</summary>
    public IReadOnlyList<IReadOnlyList<SelectedWeight>> Kinds => [.. _kinds.Select(kind => kind.Members.ConvertAll(member => member.Weight))];

    /// <summary>The cosines of one example.</summary>
    public LayerCosines Of<T>(CosineSink<T> sink, int example)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(
        _kinds.ToDictionary(kind => kind.Kind, kind => new CosineMatrix([.. kind.Members.Select(member => member.Layer)], sink.Cosines(example, [.. kind.Members.Select(member => member.Weight)]))),
        _pairs.ToDictionary(pair => pair.Layer, IReadOnlyDictionary<string, double> (pair) => new Dictionary<string, double> { ["k_proj_x_v_proj"] = sink.Cosine(example, pair.Key, pair.Value) }));

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];

    private static bool SameShape(SelectedWeight a, SelectedWeight b) => a.Outputs == b.Outputs && a.Inputs == b.Inputs;

    [GeneratedRegex(@"\.layers\.(?<layer>\d+)\.(?<path>.+)\.weight$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex Name();
}
