using LayerGrad.Examples;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Packing;

/// <summary>
/// The selected examples of a dataset, encoded, and the packing windows that hold them. Windows are those of the whole dataset: a selection that
/// begins or ends within one takes in what shares it, so that its lines are those that a run over all examples writes.
/// </summary>
internal sealed class EncodedSelection : IDisposable
{
    private readonly IEnumerable<Example> _dataset;
    private readonly Func<Example, EncodedExample> _encode;
    private readonly int _first;
    private readonly int _end;
    private readonly List<int> _lengthsBefore = [];
    private readonly List<EncodedExample> _selected = [];
    private readonly IEnumerator<Example> _rest;

    /// <summary>Encodes the dataset up to the end of the selection. Of what stands before it, only the number of tokens is kept.</summary>
    /// <param name="dataset">The whole dataset, in its order; what stands behind the last window is not read.</param>
    /// <param name="encode">Makes an example into tokens.</param>
    /// <param name="first">The first selected position.</param>
    /// <param name="end">The position after the last selected one.</param>
    public EncodedSelection(IEnumerable<Example> dataset, Func<Example, EncodedExample> encode, int first, int end)
    {
        (_dataset, _encode, _first, _end) = (dataset, encode, first, end);
        _rest = dataset.GetEnumerator();
        for (var position = 0; position < end && _rest.MoveNext(); position++)
        {
            var encoded = encode(_rest.Current);
            if (position < first)
                _lengthsBefore.Add(encoded.Length);
            else
                _selected.Add(encoded);
        }
    }

    /// <summary>The selected examples.</summary>
    public IReadOnlyList<EncodedExample> Selected => _selected;

    /// <summary>The windows of the whole dataset that hold a selected example, numbered from 0. To be called once.</summary>
    /// <param name="tokenBudget">How many tokens a window may hold.</param>
    public IReadOnlyList<PackingWindow> Pack(int tokenBudget)
    {
        var start = StartOfFirstWindow(tokenBudget);
        var windows = new List<PackingWindow>();
        foreach (var window in PackingWindow.Each(From(start), tokenBudget))
        {
            windows.Add(window);
            if (window.Examples[^1].Example.Index >= _end - 1)
                break;
        }

        return windows;
    }

    public void Dispose() => _rest.Dispose();

    /// <summary>Where the window begins that holds the first selected example.</summary>
    private int StartOfFirstWindow(int tokenBudget)
    {
        var rule = new PackingRule(tokenBudget);
        for (var position = 0; position < _lengthsBefore.Count; position++)
            rule.Opens(position, _lengthsBefore[position]);
        rule.Opens(_first, _selected[0].Length);
        return rule.Start;
    }

    private IEnumerable<EncodedExample> From(int start)
    {
        foreach (var example in _dataset.Skip(start).Take(_first - start))
            yield return _encode(example);
        foreach (var example in _selected)
            yield return example;
        while (_rest.MoveNext())
            yield return _encode(_rest.Current);
    }
}
