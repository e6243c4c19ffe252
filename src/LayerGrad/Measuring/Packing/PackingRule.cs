namespace LayerGrad.Measuring.Packing;

/// <summary>Where one packing window ends and the next begins: asked for each example of a dataset in its order, from the start of a window on.</summary>
/// <param name="tokenBudget">How many tokens a window may hold.</param>
internal struct PackingRule(int tokenBudget)
{
    /// <summary>The dataset's first window is a short one, so that somebody who waits sees numbers soon.</summary>
    private const int TokensOfFirst = 128;

    private int _tokens;
    private bool _isBegun;

    /// <summary>The dataset position of the first example of the window that is open.</summary>
    public int Start { get; private set; }

    /// <summary>Takes the next example.</summary>
    /// <param name="index">Its position in the dataset.</param>
    /// <param name="length">Its tokens; 0 where it is skipped.</param>
    /// <returns>Whether a window begins with it, other than the one that was begun with the first example asked for.</returns>
    public bool Opens(int index, int length)
    {
        if (!_isBegun)
            (_isBegun, Start) = (true, index);
        var most = Start == 0 ? Math.Min(TokensOfFirst, tokenBudget) : tokenBudget;
        if (_tokens == 0 || length == 0 || _tokens + length <= most)
        {
            _tokens += length;
            return false;
        }

        (Start, _tokens) = (index, length);
        return true;
    }
}
