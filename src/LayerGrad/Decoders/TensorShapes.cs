using System.Globalization;
using System.Text.RegularExpressions;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>Holds a checkpoint's tensors against what a configuration asks for, before anything is allocated for them.</summary>
internal static partial class TensorShapes
{
    /// <summary>Checks that every parameter is there in its shape.</summary>
    /// <param name="checkpoint">The tensors.</param>
    /// <param name="specification">What the configuration asks for.</param>
    /// <exception cref="InputException">A tensor is missing or has another shape.</exception>
    public static void Check(Checkpoint checkpoint, DecoderSpecification specification)
    {
        foreach (var parameter in specification.Parameters)
        {
            foreach (var name in parameter.Tensors)
            {
                if (!checkpoint.Tensors.TryGetValue(name, out var tensor))
                    throw Missing(checkpoint, specification, name);
                CheckShape(checkpoint, parameter, tensor);
            }
        }
    }

    private static void CheckShape(Checkpoint checkpoint, ParameterSpecification parameter, TensorInfo tensor)
    {
        var expected = parameter.StoredShape;
        if (tensor.IsQuantized && parameter.StoredTransposed)
            throw new InputException(OneLine.Of($"{checkpoint.Location}: '{tensor.Name}' is quantised in {tensor.DType}, of which LayerGrad does not know whether it is stored transposed as in the model's own form; save the model in BF16"));
        var isScalar = parameter.IsVector && expected is [1] && tensor.Shape.Length == 0;
        if (!isScalar && !tensor.Shape.SequenceEqual(expected))
        {
            throw new InputException(
                $"{checkpoint.Location}: '{tensor.Name}' has the shape [{string.Join(", ", tensor.Shape)}], but the configuration asks for [{string.Join(", ", expected)}]");
        }
    }

    private static InputException Missing(Checkpoint checkpoint, DecoderSpecification specification, string name)
    {
        var missing = $"{checkpoint.Location}: the tensor '{name}' is missing, which the configuration asks for";
        if (name == specification.Head.Linear.Weight.Name && checkpoint.Tensors.ContainsKey(specification.Embedding.Name))
            return new InputException($"{missing}, for tie_word_embeddings is false in it or missing; set it to true if the model's head is its embedding");
        if (name == specification.Embedding.Name && checkpoint.Tensors.ContainsKey(specification.Head.Linear.Weight.Name)
            && !checkpoint.Tensors.Keys.Any(static other => other.EndsWith(".embed_tokens.weight", StringComparison.Ordinal)))
            return new InputException($"{missing}, for tie_word_embeddings is false in it or missing; set it to true if the model's embedding is its head");
        foreach (var (what, number) in ((string, Regex)[])[("layers", LayerNumber()), ("experts", ExpertNumber())])
        {
            if (Count(number, checkpoint.Tensors.Keys.Where(name => !specification.IsOtherPart(name))) is > 0 and var there && Count(number, specification.Parameters.SelectMany(static parameter => parameter.Tensors)) is var asked && asked > there)
                return new InputException($"{missing}: it asks for {asked} {what}, but the checkpoint has {there}");
        }

        var nearest = Nearest(checkpoint, specification, name) is { } other ? $"; the nearest that is there is '{other}'" : "";
        return new InputException(OneLine.Of($"{missing}; the checkpoint is incomplete or its config.json belongs to another{nearest}"));
    }

    /// <summary>The highest number that the names have, and one more.</summary>
    private static int Count(Regex number, IEnumerable<string> names) => names.Select(name => number.Match(name)).Where(static match => match.Success)
        .Select(static match => int.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value + 1 : 0)
        .DefaultIfEmpty(0).Max();

    /// <summary>The tensor that may be meant: one that nothing else reads, of the same layer where there is one.</summary>
    private static string? Nearest(Checkpoint checkpoint, DecoderSpecification specification, string name)
    {
        var read = specification.Parameters.SelectMany(static parameter => parameter.Tensors).ToHashSet();
        var layer = LayerNumber().Match(name);
        var (nearest, distance) = checkpoint.Tensors.Keys
            .Where(other => !read.Contains(other) && (!layer.Success || LayerNumber().Match(other).Groups["number"].Value == layer.Groups["number"].Value))
            .Select(other => (Name: other, Distance: EditDistance.Between(name, other)))
            .OrderBy(static entry => entry.Distance).ThenBy(static entry => entry.Name, StringComparer.Ordinal).FirstOrDefault();
        return nearest is not null && distance <= name.Length / 2 ? nearest : null;
    }

    [GeneratedRegex(@"\b(?:layers|h)\.(?<number>\d+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex LayerNumber();

    [GeneratedRegex(@"\bexperts\.(?<number>\d+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex ExpertNumber();
}
