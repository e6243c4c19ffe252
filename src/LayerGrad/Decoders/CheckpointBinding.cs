using System.Text.RegularExpressions;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// The decoder that a configuration describes, over the tensors that are there: which matrix serves as head and as embedding, and what of the
/// checkpoint nobody reads.
/// </summary>
/// <param name="Specification">The decoder.</param>
/// <param name="Notes">What a user must know of it, a sentence each.</param>
internal sealed partial record CheckpointBinding(DecoderSpecification Specification, IReadOnlyList<string> Notes)
{
    private const int MostNamed = 12;
    private const int MostZeros = 1 << 24;

    private static readonly string[] s_heads = ["lm_head.weight", "embed_out.weight"];

    /// <summary>Describes a checkpoint's decoder.</summary>
    /// <param name="checkpoint">The checkpoint; where it stores a tied matrix twice, both are read and compared.</param>
    /// <exception cref="InputException">The family or one of its settings is not implemented exactly.</exception>
    public static CheckpointBinding Of(Checkpoint checkpoint)
    {
        var notes = new List<string>();
        var described = DecoderFamilies.Describe(checkpoint);
        ScaledFloats.Refuse(checkpoint);
        var specification = Tie(checkpoint, described, notes);
        if (checkpoint.Quantization is { } quantization)
            notes.Add(quantization.Note);
        if (OtherParts(checkpoint, specification) is { } parts)
            notes.Add(parts);
        if (Unread(checkpoint, specification) is { } unread)
            notes.Add(unread);
        if (specification.UnusedFields.Count > 0)
        {
            var more = specification.UnusedFields.Count > MostNamed ? $" and {specification.UnusedFields.Count - MostNamed} more" : "";
            notes.Add(OneLine.Of($"fields of the configuration that the model '{specification.Family}' does not use: {string.Join(", ", specification.UnusedFields.Take(MostNamed))}{more}"));
        }

        return new CheckpointBinding(specification, notes);
    }

    /// <summary>
    /// Follows transformers' <c>tie_weights</c>: of two tied matrices of which one is stored it serves as both; two that are stored are not tied,
    /// which makes no difference where they are equal.
    /// </summary>
    private static DecoderSpecification Tie(Checkpoint checkpoint, DecoderSpecification specification, List<string> notes)
    {
        var embedding = specification.Embedding.Name;
        if (!specification.IsTied || Array.Find(s_heads, checkpoint.Tensors.ContainsKey) is not { } head)
            return specification;
        var weight = specification.Embedding with { Tensors = [head] };
        if (!checkpoint.Tensors.ContainsKey(embedding))
            return WithHead(specification, weight) with { Embedding = weight };
        if (checkpoint.HaveEqualValues(embedding, head))
            return specification;
        notes.Add($"the configuration ties '{head}' to '{embedding}' (tie_word_embeddings), but the two that are stored differ; they are used as they are stored, not tied, as transformers does");
        return WithHead(specification, weight);
    }

    private static DecoderSpecification WithHead(DecoderSpecification specification, ParameterSpecification weight) =>
        specification with { Head = specification.Head with { Linear = specification.Head.Linear with { Weight = weight } } };

    /// <summary>Says which parts of the model have no part in the loss of text: those that see, and layers that predict tokens further ahead.</summary>
    private static string? OtherParts(Checkpoint checkpoint, DecoderSpecification specification)
    {
        var parts = checkpoint.Tensors.Keys.Select(name => specification.OtherParts.FirstOrDefault(part => name.StartsWith(part, StringComparison.Ordinal))).OfType<string>().CountBy(static part => part)
            .OrderBy(static part => part.Key, StringComparer.Ordinal).Select(static part => $"{part.Key}* ({part.Value})").ToList();
        return parts.Count == 0 ? null : $"the model '{specification.Family}' is measured on text alone; the tensors of its other parts are not read: {string.Join(", ", parts)}";
    }

    private static string? Unread(Checkpoint checkpoint, DecoderSpecification specification)
    {
        var read = specification.Parameters.SelectMany(parameter => parameter.Tensors).ToHashSet();
        if (specification.IsTied)
            read.UnionWith(s_heads);
        string[] kinds = [.. checkpoint.Tensors.Keys.Where(name => !read.Contains(name) && !IsComputed(name) && !IsBiasOfZeros(checkpoint, name) && !specification.IsOtherPart(name))
            .GroupBy(name => Numbers().Replace(name, ".*"))
            .OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => kind.Count() == 1 ? kind.First() : $"{kind.Key} ({kind.Count()})")];
        if (kinds.Length == 0)
            return null;
        var more = kinds.Length > MostNamed ? $" and {kinds.Length - MostNamed} more kinds" : "";
        return $"tensors that the model '{specification.Family}' does not have and that are not read: {string.Join(", ", kinds.Take(MostNamed))}{more}";
    }

    /// <summary>Whether a tensor is one that older versions stored though they compute it: the angles and the causal mask. transformers leaves them unread too.</summary>
    private static bool IsComputed(string name) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || name.EndsWith(".rotary_emb.cos_cached", StringComparison.Ordinal)
        || name.EndsWith(".rotary_emb.sin_cached", StringComparison.Ordinal) || name.EndsWith(".attention.masked_bias", StringComparison.Ordinal)
        || name.EndsWith(".attention.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.bias", StringComparison.Ordinal);

    /// <summary>Whether a tensor is a bias of zeros, which GPTQ's programs store beside every quantised weight.</summary>
    private static bool IsBiasOfZeros(Checkpoint checkpoint, string name)
    {
        if (!name.EndsWith(".bias", StringComparison.Ordinal) || checkpoint.Tensors[name] is not { Shape: [< MostZeros] } bias
            || checkpoint.Tensors.GetValueOrDefault(string.Concat(name.AsSpan()[..^".bias".Length], ".weight")) is not { IsQuantized: true })
            return false;
        var values = new double[bias.Elements];
        checkpoint.Read(name, 0, values);
        return Array.TrueForAll(values, static value => value == 0);
    }

    [GeneratedRegex(@"\.\d+(?=\.)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex Numbers();
}
