namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Which experts each token goes through, and with which weight: the softmax of the router's scores over all experts,
/// of which the largest are taken, renormalized where the model asks for it.
/// </summary>
internal sealed class ExpertRouting
{
    /// <summary>
    /// Two experts whose scores lie closer together than this, relative to the larger of 1 and the score, may change
    /// places between float32 and float64.
    /// </summary>
    private const double NearTie = 1e-4;

    private readonly int _perToken;
    private readonly bool _renormalize;
    private readonly double[,] _probabilities;
    private readonly int[,] _chosen;

    /// <summary>Routes every token.</summary>
    /// <param name="scores">tokens x experts, row-major.</param>
    /// <param name="tokens">The number of tokens.</param>
    /// <param name="experts">The number of experts.</param>
    /// <param name="perToken">How many experts a token goes through.</param>
    /// <param name="renormalize">Whether the weights of a token sum to one.</param>
    public ExpertRouting(ReadOnlySpan<double> scores, int tokens, int experts, int perToken, bool renormalize)
    {
        _perToken = perToken;
        _renormalize = renormalize;
        _probabilities = new double[tokens, experts];
        _chosen = new int[tokens, perToken];
        IsNearTie = new bool[tokens];
        for (var token = 0; token < tokens; token++)
            Route(scores.Slice(token * experts, experts), token);
        Tokens = TokensByExpert(experts);
    }

    /// <summary>The tokens of each expert, in order.</summary>
    public int[][] Tokens { get; }

    /// <summary>Whether a token's choice could fall differently in another precision.</summary>
    public bool[] IsNearTie { get; }

    /// <summary>The weights of an expert's tokens.</summary>
    /// <param name="expert">The expert.</param>
    public double[] Weights(int expert) => [.. Tokens[expert].Select(token => _probabilities[token, expert] / Total(token))];

    /// <summary>
    /// The gradient of the scores. With p the softmax and w the weights:
    /// dp = dw, or (dw − Σ dw·w) / Σ p where w is renormalized, on the chosen experts; ds = p · (dp − Σ dp·p).
    /// </summary>
    /// <param name="dWeights">The gradient of each weight, by expert in the order of <see cref="Tokens"/>.</param>
    /// <returns>tokens x experts, row-major.</returns>
    public double[] Backward(double[][] dWeights)
    {
        var (tokens, experts) = (_probabilities.GetLength(0), _probabilities.GetLength(1));
        var gradient = new double[tokens * experts];
        for (var expert = 0; expert < experts; expert++)
        {
            for (var i = 0; i < Tokens[expert].Length; i++)
                gradient[Tokens[expert][i] * experts + expert] = dWeights[expert][i];
        }

        for (var token = 0; token < tokens; token++)
            TokenBackward(gradient.AsSpan(token * experts, experts), token);
        return gradient;
    }

    private void TokenBackward(Span<double> gradient, int token)
    {
        var total = Total(token);
        if (_renormalize)
        {
            var mean = 0.0;
            for (var k = 0; k < _perToken; k++)
                mean += gradient[_chosen[token, k]] * _probabilities[token, _chosen[token, k]] / total;
            for (var k = 0; k < _perToken; k++)
                gradient[_chosen[token, k]] = (gradient[_chosen[token, k]] - mean) / total;
        }

        var dot = 0.0;
        for (var k = 0; k < _perToken; k++)
            dot += gradient[_chosen[token, k]] * _probabilities[token, _chosen[token, k]];
        for (var expert = 0; expert < gradient.Length; expert++)
            gradient[expert] = _probabilities[token, expert] * (gradient[expert] - dot);
    }

    private double Total(int token)
    {
        if (!_renormalize)
            return 1;
        var total = 0.0;
        for (var k = 0; k < _perToken; k++)
            total += _probabilities[token, _chosen[token, k]];
        return total;
    }

    private void Route(ReadOnlySpan<double> scores, int token)
    {
        var highest = double.NegativeInfinity;
        foreach (var score in scores)
            highest = Math.Max(highest, score);
        var sum = 0.0;
        for (var expert = 0; expert < scores.Length; expert++)
            sum += _probabilities[token, expert] = Math.Exp(scores[expert] - highest);
        for (var expert = 0; expert < scores.Length; expert++)
            _probabilities[token, expert] /= sum;

        var next = TakeLargest(scores, token);
        if (_perToken < scores.Length)
        {
            var last = scores[_chosen[token, _perToken - 1]];
            IsNearTie[token] = last - next < NearTie * Math.Max(1, Math.Abs(last));
        }
    }

    /// <summary>Chooses the experts with the largest scores, the largest first; of equal ones the first comes first.</summary>
    /// <returns>The largest score that was left out.</returns>
    private double TakeLargest(ReadOnlySpan<double> scores, int token)
    {
        var next = double.NegativeInfinity;
        for (var expert = 0; expert < scores.Length; expert++)
        {
            var place = Math.Min(expert, _perToken);
            while (place > 0 && !(scores[_chosen[token, place - 1]] >= scores[expert]))
                place--;
            if (place == _perToken)
            {
                next = Math.Max(next, scores[expert]);
                continue;
            }

            if (expert >= _perToken)
                next = Math.Max(next, scores[_chosen[token, _perToken - 1]]);
            for (var k = Math.Min(expert, _perToken - 1); k > place; k--)
                _chosen[token, k] = _chosen[token, k - 1];
            _chosen[token, place] = expert;
        }

        return next;
    }

    private int[][] TokensByExpert(int experts)
    {
        var counts = new int[experts];
        foreach (var expert in _chosen)
            counts[expert]++;
        var tokens = Array.ConvertAll(counts, static count => new int[count]);
        Array.Clear(counts);
        for (var token = 0; token < _chosen.GetLength(0); token++)
        {
            for (var k = 0; k < _perToken; k++)
            {
                var expert = _chosen[token, k];
                tokens[expert][counts[expert]++] = token;
            }
        }

        return tokens;
    }
}
