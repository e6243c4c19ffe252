using LayerGrad.Analysis.Estimation;
using LayerGrad.Checkpoints.Adapters;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training.Lora;

/// <summary>The modules of a new adapter, in memory.</summary>
internal static class LoraModules
{
    private const string Wrapper = "base_model.model.";
    private const string Weight = ".weight";

    /// <summary>
    /// Makes the modules as PEFT initialises them: A uniform within 1 / √inputs (<c>kaiming_uniform_</c> with a = √5), B zero. Rounded to float32, so that both
    /// element types start alike.
    /// </summary>
    /// <param name="specification">The model.</param>
    /// <param name="options">Rank, alpha and targets.</param>
    /// <param name="seed">The seed of A.</param>
    /// <exception cref="InputException">A target names nothing, or what cannot be adapted.</exception>
    public static IReadOnlyList<AdapterModule> Create(DecoderSpecification specification, LoraOptions options, int seed)
    {
        List<AdapterModule> modules = [.. Linears(specification, options).SelectMany(linear => linear.Weight.Tensors.Select(tensor => (linear, tensor)))
            .Select((entry, place) => Create(entry.linear, entry.tensor, options, new Xoshiro256((ulong)seed, (ulong)place)))];
        return modules;
    }

    private static AdapterModule Create(LinearSpecification linear, string tensor, LoraOptions options, Xoshiro256 random)
    {
        var (inputs, outputs) = (linear.Inputs, linear.Outputs / linear.Weight.Tensors.Count);
        var bound = 1 / Math.Sqrt(inputs);
        var a = new double[(long)options.Rank * inputs];
        for (var i = 0; i < a.Length; i++)
            a[i] = (float)(bound * (2 * (((random.Next() >> 11) + 0.5) / (1L << 53)) - 1));
        return new AdapterModule(
            Wrapper + ModuleOf(tensor), tensor, new HeldElements(a), new HeldElements(new double[(long)outputs * options.Rank]),
            options.Rank, inputs, outputs, options.Alpha / options.Rank)
        {
            StoredTransposed = linear.Weight.StoredTransposed,
        };
    }

    private static List<LinearSpecification> Linears(DecoderSpecification specification, LoraOptions options)
    {
        List<LinearSpecification> layers = [.. specification.Layers.SelectMany(static layer => layer.Linears)];
        var chosen = new HashSet<LinearSpecification>();
        foreach (var target in options.Targets)
        {
            List<LinearSpecification> named = target == LoraOptions.AllLinear
                ? layers.FindAll(static linear => !linear.IsStacked)
                : [.. layers.Append(specification.Head.Linear).Where(linear => linear.Weight.Tensors.Any(tensor => IsNamed(tensor, target)))];
            if (named.Count == 0)
                throw new InputException($"--lora: target {target} names no linear layer of this model; there are {string.Join(", ", layers.Select(static linear => Last(linear.Weight.Name)).Distinct())}, or all-linear");
            if (named.Find(linear => linear.IsStacked) is { } stacked)
                throw new InputException($"--lora: target {target} names {stacked.Weight.Name}, one of experts that the model's class holds all in one, which PEFT's target_modules does not reach; name others");
            if (specification.IsTied && named.Contains(specification.Head.Linear))
                throw new InputException($"--lora: target {target} is the head, which in this model is the embedding; name others");
            chosen.UnionWith(named);
        }

        return [.. layers.Append(specification.Head.Linear).Where(chosen.Contains)];
    }

    private static bool IsNamed(string tensor, string target) => ModuleOf(tensor) is var module && (module == target || module.EndsWith("." + target, StringComparison.Ordinal));

    private static string ModuleOf(string tensor) => tensor.EndsWith(Weight, StringComparison.Ordinal) ? tensor[..^Weight.Length] : tensor;

    private static string Last(string tensor) => ModuleOf(tensor)[(ModuleOf(tensor).LastIndexOf('.') + 1)..];
}
