using LayerGrad.Examples;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Measuring.Kernels;

/// <summary>The examples of a kernel: those of the dataset, then those of the test set.</summary>
internal sealed class KernelExamples
{
    private readonly KernelOptions _options;
    private readonly int _training;
    private readonly List<KernelSkip> _skipped = [];

    /// <summary>Encodes the examples.</summary>
    public KernelExamples(KernelOptions options, IReadOnlyList<Example> data, LoadedDataset? test, Func<Example, EncodedExample> encoder)
    {
        _options = options;
        _training = data.Count;
        TestIdentity = test?.Identity;
        Encoded = [.. data.Concat(test?.Examples ?? []).Select(encoder)];
        for (var i = 0; i < Encoded.Count; i++)
        {
            if (Encoded[i].Tokens is null)
                Skip(i, Encoded[i].SkipReason ?? "no token of the response");
            else
                Numbers.Add(i);
        }
    }

    /// <summary>All examples.</summary>
    public IReadOnlyList<EncodedExample> Encoded { get; }

    /// <summary>The identity of the test set; null without one.</summary>
    public string? TestIdentity { get; }

    /// <summary>The places in <see cref="Encoded"/> of the examples that have a gradient: the kernel's rows and columns.</summary>
    public List<int> Numbers { get; } = [];

    /// <summary>The examples without a gradient.</summary>
    public IReadOnlyList<KernelSkip> Skipped => _skipped;

    /// <summary>Tokens of the examples that have a gradient.</summary>
    public long Tokens => Numbers.Sum(number => (long)Encoded[number].Length);

    /// <summary>Those that count in a loss.</summary>
    public long ResponseTokens => Numbers.Sum(number => (long)Encoded[number].Tokens!.ResponseLength);

    /// <summary>Whether an example belongs to the test set.</summary>
    public bool IsTest(int number) => number >= _training;

    /// <summary>The file of an example.</summary>
    public string FileOf(int number) => IsTest(number) ? _options.Test! : _options.Measure.Data;

    /// <summary>Leaves an example out.</summary>
    public void Skip(int number, string reason)
    {
        _skipped.Add(new KernelSkip(FileOf(number), Encoded[number].Example.Index, reason));
        Numbers.Remove(number);
    }

    /// <summary>Checks that something is left to compare.</summary>
    /// <exception cref="InputException">No example of a file has a gradient.</exception>
    public void Require()
    {
        const int MostExamples = 40_000; // Their kernel has 12 GB, near the longest array of .NET.
        if (!Numbers.Exists(number => !IsTest(number)))
            throw new InputException($"{_options.Measure.Data}: no example can be measured: {Reason(_options.Measure.Data)}.");
        if (_options.Test is { } test && !Numbers.Exists(IsTest))
            throw new InputException($"{test}: no example can be measured: {Reason(test)}.");
        if (Numbers.Count > MostExamples)
            throw new InputException($"{Numbers.Count} examples: a kernel holds at most {MostExamples}; take fewer with --limit or --range.");
    }

    private string Reason(string file) => _skipped.Find(skip => skip.File == file)?.Reason ?? "the file has none";
}
