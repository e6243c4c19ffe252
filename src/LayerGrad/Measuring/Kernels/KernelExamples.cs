using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Measuring.Kernels;

/// <summary>The examples of a kernel: those of the dataset, then those of each further set.</summary>
internal sealed class KernelExamples
{
    private readonly bool _hasTest;
    private readonly int[] _setOf;
    private readonly List<KernelSkip> _skipped = [];

    /// <summary>Encodes the examples.</summary>
    /// <param name="sets">The sets, the dataset first.</param>
    /// <param name="hasTest">Whether the second of two is a test set, with which the first is aligned.</param>
    /// <param name="encoder">Makes tokens of an example.</param>
    public KernelExamples(IReadOnlyList<KernelSet> sets, bool hasTest, Func<Example, EncodedExample> encoder)
    {
        (Sets, _hasTest) = (sets, hasTest);
        _setOf = [.. sets.SelectMany((set, i) => Enumerable.Repeat(i, set.Examples.Count))];
        Encoded = [.. sets.SelectMany(set => set.Examples).Select(encoder)];
        for (var i = 0; i < Encoded.Count; i++)
        {
            if (Encoded[i].Tokens is null)
                Skip(i, Encoded[i].SkipReason ?? "no token of the response");
            else
                Numbers.Add(i);
        }
    }

    /// <summary>The sets.</summary>
    public IReadOnlyList<KernelSet> Sets { get; }

    /// <summary>All examples.</summary>
    public IReadOnlyList<EncodedExample> Encoded { get; }

    /// <summary>The places in <see cref="Encoded"/> of the examples that have a gradient: the kernel's rows and columns.</summary>
    public List<int> Numbers { get; } = [];

    /// <summary>The examples without a gradient.</summary>
    public IReadOnlyList<KernelSkip> Skipped => _skipped;

    /// <summary>Tokens of the examples that have a gradient.</summary>
    public long Tokens => Numbers.Sum(number => (long)Encoded[number].Length);

    /// <summary>Those that count in a loss.</summary>
    public long ResponseTokens => Numbers.Sum(number => (long)Encoded[number].Tokens!.ResponseLength);

    /// <summary>Whether an example belongs to the test set.</summary>
    public bool IsTest(int number) => _hasTest && _setOf[number] > 0;

    /// <summary>The set of an example.</summary>
    public KernelSet SetOf(int number) => Sets[_setOf[number]];

    /// <summary>Leaves an example out.</summary>
    public void Skip(int number, string reason)
    {
        _skipped.Add(new KernelSkip(SetOf(number).File, Encoded[number].Example.Index, reason));
        Numbers.Remove(number);
    }

    /// <summary>A number for each example of <see cref="Numbers"/>, the same for examples of one prompt, whatever their answers.</summary>
    public IReadOnlyList<int> Questions()
    {
        var numbers = new Dictionary<(string? Text, string? Ids), int>();
        return [.. Numbers.Select(number =>
        {
            var example = Encoded[number].Example;
            (string?, string?) question = example.TokenIds is { } ids ? (null, string.Join(',', ids.Ids[..ids.Counted[0]])) : (example.PromptWithoutTemplate, null);
            return numbers.TryGetValue(question, out var found) ? found : numbers[question] = numbers.Count;
        })];
    }

    /// <summary>Checks that something is left to compare.</summary>
    /// <exception cref="InputException">No example of a file has a gradient.</exception>
    public void Require()
    {
        const int MostExamples = 40_000; // Their kernel has 12 GB, near the longest array of .NET.
        for (var set = 0; set < Sets.Count; set++)
        {
            if (!Numbers.Exists(number => _setOf[number] == set))
                throw new InputException($"{Sets[set].File}: no example can be measured: {Reason(Sets[set].File)}.");
        }

        if (Numbers.Count > MostExamples)
            throw new InputException($"{Numbers.Count} examples: a kernel holds at most {MostExamples}; take fewer with --limit or --range.");
    }

    private string Reason(string file) => _skipped.Find(skip => skip.File == file)?.Reason ?? "the file has none";
}
