using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>What is known of a sink before there is one: what it will ask for, and what memory it will take.</summary>
/// <param name="Wants">Whether it will want the gradient of a weight, as <see cref="IGradientSink{T}.Wants"/> will say.</param>
/// <param name="Memory">What it takes, for the tokens of a batch and the longest example in tokens.</param>
internal sealed record PlannedSink(Func<ParameterSpecification, bool> Wants, Func<int, int, IEnumerable<MemoryPart>> Memory)
{
    /// <summary>Nothing: losses alone are wanted.</summary>
    public static PlannedSink None { get; } = new(_ => false, (_, _) => []);

    /// <summary>Whether it will add up the gradient of a parameter that is no linear layer's weight.</summary>
    public Func<ParameterSpecification, bool> Accumulates { get; init; } = _ => false;

    /// <summary>The weights whose gradients the device will be asked to summarize: their inputs and outputs.</summary>
    public IReadOnlyList<(int Inputs, int Outputs)> Summarized { get; init; } = [];

    /// <summary>A sink that wants certain weights.</summary>
    /// <param name="weights">The weights' names.</param>
    /// <param name="memory">What it takes, for the tokens of a batch and the longest example in tokens.</param>
    public static PlannedSink For(IEnumerable<string> weights, Func<int, int, IEnumerable<MemoryPart>> memory)
    {
        var names = weights.ToHashSet(StringComparer.Ordinal);
        return new PlannedSink(weight => names.Contains(weight.Name), memory);
    }

    /// <summary>Several sinks that one pass serves.</summary>
    /// <param name="sinks">The sinks.</param>
    public static PlannedSink Group(IReadOnlyList<PlannedSink> sinks) => new(
        weight => sinks.Any(sink => sink.Wants(weight)), (tokens, longest) => sinks.SelectMany(sink => sink.Memory(tokens, longest)))
    {
        Accumulates = parameter => sinks.Any(sink => sink.Accumulates(parameter)),
        Summarized = [.. sinks.SelectMany(sink => sink.Summarized).Distinct()],
    };
}
