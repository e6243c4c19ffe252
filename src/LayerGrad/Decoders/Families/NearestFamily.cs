using System.Text.Json;
using System.Text.RegularExpressions;

namespace LayerGrad.Decoders.Families;

/// <summary>
/// The family that comes nearest to a model which is not supported, and what of the model it does not understand: where
/// somebody who adds the model's own family begins.
/// </summary>
/// <param name="Family">The family whose tensors are most like the model's.</param>
/// <param name="Fields">Fields of the configuration that it does not read.</param>
/// <param name="Tensors">Tensors that it does not know; numbers of layers and experts as <c>*</c>.</param>
/// <param name="Missing">Tensors that it would need and that are not there.</param>
public sealed partial record NearestFamily(string Family, IReadOnlyList<string> Fields, IReadOnlyList<string> Tensors, IReadOnlyList<string> Missing)
{
    /// <summary>Fields that say nothing about the values of gradients: names, training, generation and how a program stores things.</summary>
    private static readonly HashSet<string> s_neutral =
    [
        "_name_or_path", "architectures", "auto_map", "bos_token_id", "dtype", "eos_token_id", "id2label", "initializer_range", "is_decoder", "label2id", "model_type",
        "pad_token_id", "torch_dtype", "transformers_version", "use_cache", "attention_dropout", "attn_pdrop", "embd_pdrop", "hidden_dropout", "resid_pdrop",
        "residual_dropout", "embedding_dropout", "classifier_dropout", "output_attentions", "output_hidden_states", "output_router_logits", "router_aux_loss_coef",
        "pretraining_tp", "unk_token_id",
    ];

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
        return families.Select(family => Compare(family, config, kinds)).OfType<NearestFamily>()
            .OrderBy(candidate => candidate.Tensors.Count + candidate.Missing.Count).ThenBy(candidate => candidate.Fields.Count).FirstOrDefault();
    }

    private static NearestFamily? Compare(IFamily family, JsonElement config, HashSet<string> kinds)
    {
        var reader = new ConfigReader(config, family.ModelType);
        try
        {
            var known = family.Describe(reader).Parameters.SelectMany(parameter => parameter.Tensors).Select(Kind).ToHashSet();
            return new NearestFamily(
                family.ModelType,
                [.. reader.Fields.Where(field => !reader.FieldsRead.Contains(field) && !s_neutral.Contains(field)).Order(StringComparer.Ordinal)],
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

    [GeneratedRegex(@"\.\d+(?=\.)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers();
}
