using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Packing;

/// <summary>
/// The selected examples of a dataset, encoded, and the packing windows that hold them. Windows are those of the whole dataset: a selection that
/// begins or ends within one takes in what shares it, so that its lines are those that a run over all examples writes.
/// </summary>
internal sealed class EncodedSelection
{
    private readonly Func<int, IEnumerable<Example>> _readFrom;
    private readonly Func<Example, EncodedExample> _encode;
    private readonly int _first;
    private readonly int[] _lengthsBefore;

    /// <summary>Encodes the selection. Of what stands before it, only the number of tokens is kept.</summary>
    /// <param name="selected">The selected examples, one after another in the dataset.</param>
    /// <param name="readFrom">Reads the dataset from a position on; what stands behind the last window is not read.</param>
    /// <param name="encode">Makes an example into tokens.</param>
    /// <param name="first">The position of the first selected example.</param>
    public EncodedSelection(IReadOnlyList<Example> selected, Func<int, IEnumerable<Example>> readFrom, Func<Example, EncodedExample> encode, int first)
    {
        (_readFrom, _encode, _first) = (readFrom, encode, first);
        _lengthsBefore = first == 0 ? [] : [.. readFrom(0).Take(first).Select(example => encode(example).Length)];
        Selected = [.. selected.Select(encode)];
    }

    /// <summary>The selected examples.</summary>
    public IReadOnlyList<EncodedExample> Selected { get; }

    /// <summary>Whether the selection lies in a single window, whatever token budget is planned. Nothing behind the selection is read to tell.</summary>
    public bool IsOneWindow
    {
        get
        {
            var rule = RuleAtFirst(MemoryPlan.SmallestTokenBudget);
            for (var i = 1; i < Selected.Count; i++)
            {
                if (rule.Opens(_first + i, Selected[i].Length))
                    return false;
            }

            return true;
        }
    }

    /// <summary>The windows of the whole dataset that hold a selected example, numbered from 0.</summary>
    /// <param name="tokenBudget">How many tokens a window may hold.</param>
    public IReadOnlyList<PackingWindow> Pack(int tokenBudget)
    {
        var end = _first + Selected.Count;
        var windows = new List<PackingWindow>();
        foreach (var window in PackingWindow.Each(From(StartOfFirstWindow(tokenBudget), end), tokenBudget))
        {
            windows.Add(window);
            if (window.Examples[^1].Example.Index >= end - 1)
                break;
        }

        return windows;
    }

    /// <summary>Where the window begins that holds the first selected example.</summary>
    private int StartOfFirstWindow(int tokenBudget) => RuleAtFirst(tokenBudget).Start;

    /// <summary>The rule after it was asked for all examples up to the first selected one.</summary>
    private PackingRule RuleAtFirst(int tokenBudget)
    {
        var rule = new PackingRule(tokenBudget);
        for (var position = 0; position < _lengthsBefore.Length; position++)
            rule.Opens(position, _lengthsBefore[position]);
        rule.Opens(_first, Selected[0].Length);
        return rule;
    }

    private IEnumerable<EncodedExample> From(int start, int end)
    {
        var before = start == _first ? [] : _readFrom(start).Take(_first - start).Select(_encode);
        return before.Concat(Selected).Concat(After(end));
    }

    /// <summary>Nothing is read before the last selected example is taken.</summary>
    private IEnumerable<EncodedExample> After(int end)
    {
        foreach (var example in _readFrom(end))
            yield return _encode(example);
    }
}
