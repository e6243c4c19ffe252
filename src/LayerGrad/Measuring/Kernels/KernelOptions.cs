using LayerGrad.Examples;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Measuring.Kernels;

/// <summary>The options of <c>layergrad kernel</c>.</summary>
internal sealed record KernelOptions
{
    /// <summary>The model, the examples and the weights; <see cref="MeasureRunOptions.Out"/> is <c>KERNEL.npy</c>.</summary>
    public required MeasureRunOptions Measure { get; init; }

    /// <summary>What the inner products are summed over.</summary>
    public KernelBy By { get; init; } = KernelBy.Weight;

    /// <summary>Whether cosines are written rather than inner products.</summary>
    public bool Normalize { get; init; }

    /// <summary>A second dataset, to whose mean gradient each example's is compared; null without one.</summary>
    public string? Test { get; init; }

    /// <summary>Where the second dataset lies; null to find it by its name.</summary>
    public DatasetSource? TestSource { get; init; }

    /// <summary>Further datasets whose examples join the kernel, a set each, under the same range and limit as the first; empty for none.</summary>
    public IReadOnlyList<string> With { get; init; } = [];

    /// <summary>Where those lie, in their order; null to find them by their names.</summary>
    public IReadOnlyList<DatasetSource>? WithSources { get; init; }

    /// <summary>The names of the sets, the first dataset's in front; empty: from the names of their files.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary><c>KERNEL.json</c>, which names the axes of <c>KERNEL.npy</c>.</summary>
    public string Sidecar => Path.ChangeExtension(Measure.Out, ".json");

    /// <summary>Reads what <c>--by</c> says.</summary>
    /// <param name="text"><c>weight</c>, <c>layer</c> or <c>sum</c>.</param>
    /// <exception cref="InputException">It is none of these.</exception>
    public static KernelBy ParseBy(string text) =>
        KernelByNames.Find(text) ?? throw new InputException($"--by {text}: a kernel is written by weight, by layer, or as one sum.");

    /// <summary>Checks what can be checked before any file is opened.</summary>
    /// <exception cref="InputException">An option is out of its range, or two of them do not go together.</exception>
    internal void Validate()
    {
        Measure.Validate();
        if (Measure.Data == StandardInput.Name && Test == StandardInput.Name)
            throw new InputException("--test -: standard input can be read only once.");
        ValidateSets();
        if (!Measure.Out.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"--out {Measure.Out}: a kernel is written as a NumPy file; name it KERNEL.npy.");
        if (Measure.Measurement.SplitFused && By != KernelBy.Weight)
            throw new InputException("--split-fused: a fused weight and its parts would count twice in a sum; leave it out, or say --by weight.");
    }

    /// <summary>Checks that the outputs are not there yet. The caller has their lock, so that of a process that was killed is gone afterwards, whatever comes of this.</summary>
    /// <exception cref="InputException">One is there.</exception>
    internal void RequireFreeOutputs()
    {
        foreach (var path in (string[])[Measure.Out, Sidecar])
        {
            // A process that was killed in its last moment leaves the description alone, which comes first.
            if ((File.Exists(path) || Directory.Exists(path)) && !(path == Sidecar && KernelSidecar.IsOne(path)))
                throw new InputException($"{path}: there is such a file already; name another --out, or remove it.");
        }
    }

    private void ValidateSets()
    {
        if (With.Count > 0 && Test is not null)
            throw new InputException("--test: aligns the examples of --data with a second set, and --with compares sets with each other; leave out one of them.");
        if (Labels.Count > 0 && Labels.Count != With.Count + 1)
            throw new InputException($"--labels {string.Join(',', Labels)}: {Labels.Count} names for {With.Count + 1} sets; give one for --data and one for each --with, in their order.");
        if (Labels.GroupBy(label => label).FirstOrDefault(group => group.Count() > 1 || group.Key.Length == 0) is { } twice)
            throw new InputException($"--labels {string.Join(',', Labels)}: '{twice.Key}' does not tell sets apart.");
        if (With.Count(name => name == StandardInput.Name) + (Measure.Data == StandardInput.Name ? 1 : 0) > 1)
            throw new InputException("--with -: standard input can be read only once.");
    }
}
