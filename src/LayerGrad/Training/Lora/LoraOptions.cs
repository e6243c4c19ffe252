using System.Globalization;

namespace LayerGrad.Training.Lora;

/// <summary>What <c>train --lora</c> says: the rank, alpha and the modules that are adapted.</summary>
/// <param name="Rank">The columns of B.</param>
/// <param name="Alpha">B A is multiplied by this over the rank.</param>
/// <param name="Targets">Endings of module names, or <c>all-linear</c>.</param>
internal sealed record LoraOptions(int Rank, double Alpha, IReadOnlyList<string> Targets)
{
    /// <summary>All linear layers but the head.</summary>
    internal const string AllLinear = "all-linear";

    private const string Form = "write it as r=8,alpha=16,target=q_proj,v_proj";

    /// <summary>Reads the option.</summary>
    /// <param name="text"><c>r=8,alpha=16,target=q_proj,v_proj</c>; what stands behind <c>target=</c> without a <c>=</c> of its own is a target too.</param>
    /// <exception cref="InputException">It is of another form.</exception>
    public static LoraOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (rank, alpha, targets, last) = ((int?)null, (double?)null, new List<string>(), "");
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = at < 0 ? (last, part) : (part[..at].Trim(), part[(at + 1)..].Trim());
            last = key;
            switch (key)
            {
                case "r" when rank is null && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0:
                    rank = number;
                    break;
                case "alpha" when alpha is null && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 && double.IsFinite(number):
                    alpha = number;
                    break;
                case "target" when value.Length > 0:
                    targets.Add(value);
                    break;
                default:
                    throw new InputException($"--lora {text}: '{part}' is not understood; {Form}");
            }
        }

        if (rank is null || targets.Count == 0)
            throw new InputException($"--lora {text}: {(rank is null ? "r" : "target")} is missing; {Form}");
        return new LoraOptions(rank.Value, alpha ?? rank.Value, targets);
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"r={Rank},alpha={Alpha},target={string.Join(',', Targets)}");
}
