using System.Text.Json;
using System.Text.RegularExpressions;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>
/// The family that comes nearest to a model which is not supported, and what of the model it does not understand: where
/// somebody who adds the model's own family begins.
/// </summary>
/// <param name="Family">The family whose tensors are most like the model's.</param>
/// <param name="Fields">Fields of the configuration that it does not read.</param>
/// <param name="Tensors">Tensors that it does not know; numbers of layers and experts as <c>*</c>.</param>
/// <param name="Missing">Tensors that it would need and that are not there.</param>
internal sealed partial record NearestFamily(string Family, IReadOnlyList<string> Fields, IReadOnlyList<string> Tensors, IReadOnlyList<string> Missing)
{
    /// <summary>Finds it.</summary>
    /// <param name="families">The families that there are.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="tensors">The names of its tensors.</param>
    /// <returns>Null where no family can make anything of the configuration.</returns>
    internal static NearestFamily? Find(IEnumerable<IFamily> families, JsonElement config, IReadOnlyCollection<string> tensors)
    {
        if (config.ValueKind != JsonValueKind.Object)
            return null;
        var kinds = tensors.Select(Kind).ToHashSet();

        // No more layers and experts are described than there are tensors of, where their names tell: a description of all that a configuration asks for may be large.
        var counts = TensorCounts.Of(tensors);
        if (counts.Layers == 0)
            counts = counts with { Layers = null };
        return families.Select(family => Compare(family, config, counts, kinds)).OfType<NearestFamily>()
            .OrderBy(candidate => candidate.Tensors.Count + candidate.Missing.Count).ThenBy(candidate => candidate.Fields.Count).FirstOrDefault();
    }

    private static NearestFamily? Compare(IFamily family, JsonElement config, TensorCounts counts, HashSet<string> kinds)
    {
        var reader = new ConfigReader(config, family.ModelType, counts);
        try
        {
            var known = family.Describe(reader).Parameters.SelectMany(parameter => parameter.Tensors).Select(Kind).ToHashSet();
            return new NearestFamily(
                family.ModelType,
                [.. reader.Unread.Where(field => NeutralFields.Reason(field) is null)],
                [.. kinds.Except(known).Order(StringComparer.Ordinal)],
                [.. known.Except(kinds).Order(StringComparer.Ordinal)]);
        }
        catch (InputException)
        {
            // This family refuses the configuration, so it is not the nearest.
            return null;
        }
    }

    private static string Kind(string name) => Numbers().Replace(name, ".*");

    [GeneratedRegex(@"\.\d+(?=\.)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex Numbers();
}
