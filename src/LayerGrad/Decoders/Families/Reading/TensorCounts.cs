using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>
/// How many layers and experts a checkpoint's tensors name: what a configuration says of them is believed only up to that, so that a wrong
/// number is one line and not a loop over millions of layers.
/// </summary>
/// <param name="Layers">One more than the largest number of a layer; null where no tensors are known.</param>
/// <param name="Experts">One more than the largest number of an expert; null where no tensor names one.</param>
internal sealed partial record TensorCounts(int? Layers, int? Experts)
{
    /// <summary>The most layers, heads or experts that any configuration is believed to have.</summary>
    public const int Most = 16384;

    /// <summary>What is known without a checkpoint.</summary>
    public static TensorCounts Unknown { get; } = new(null, null);

    /// <summary>Counts them in the names of tensors.</summary>
    public static TensorCounts Of(IEnumerable<string> names)
    {
        var (layers, experts) = (0, 0);
        foreach (var name in names)
        {
            if (Number(LayerNumber().Match(name)) is { } layer)
                layers = Math.Max(layers, layer + 1);
            if (Number(ExpertNumber().Match(name)) is { } expert)
                experts = Math.Max(experts, expert + 1);
        }

        return new TensorCounts(layers, experts == 0 ? null : experts);
    }

    private static int? Number(Match match) =>
        match.Success && int.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < Most ? number : null;

    [GeneratedRegex(@"(?:^|\.)(?:layers|h|blocks)\.(?<number>\d+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex LayerNumber();

    [GeneratedRegex(@"\.experts\.(?<number>\d+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex ExpertNumber();
}
