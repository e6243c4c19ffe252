using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>Which experts each token goes through, and with which weight; the formulas stand at <see cref="RoutingSpecification"/>.</summary>
internal sealed class ExpertRouting
{
    /// <summary>
    /// Two experts whose logits lie closer together than this, relative to the larger of 1 and the logit, may change places between float32 and
    /// float64. Where something else than logits is compared, the change of a logit by so much is carried over to it.
    /// </summary>
    private const double NearTie = 1e-4;

    private readonly RoutingSpecification _rules;
    private readonly double[,] _scores;
    private readonly int[,] _chosen;
    private readonly double[]? _scales;

    /// <summary>Routes every token.</summary>
    /// <param name="logits">tokens x experts, row-major.</param>
    /// <param name="bias">The correction bias of each expert; empty where there is none.</param>
    /// <param name="tokens">The number of tokens.</param>
    /// <param name="experts">The number of experts.</param>
    /// <param name="rules">How experts are chosen and weighed.</param>
    /// <param name="scales">What multiplies each expert's weight; null where nothing does.</param>
    public ExpertRouting(ReadOnlySpan<double> logits, ReadOnlySpan<double> bias, int tokens, int experts, RoutingSpecification rules, double[]? scales = null)
    {
        _scales = scales;
        _rules = rules;
        _scores = new double[tokens, experts];
        _chosen = new int[tokens, rules.ExpertsPerToken];
        IsNearTie = new bool[tokens];
        var (choice, slack) = (new double[experts], new double[experts]);
        for (var token = 0; token < tokens; token++)
            Route(logits.Slice(token * experts, experts), bias, token, choice, slack);
        Tokens = TokensByExpert(experts);
    }

    /// <summary>The tokens of each expert, in order.</summary>
    public int[][] Tokens { get; }

    /// <summary>Whether a token's choice could fall differently in another precision.</summary>
    public bool[] IsNearTie { get; }

    /// <summary>The weights of an expert's tokens.</summary>
    /// <param name="expert">The expert.</param>
    public double[] Weights(int expert) => [.. Tokens[expert].Select(token => ScaleOf(expert) * Unscaled(token, expert))];

    /// <summary>The gradient of what multiplies each expert's weight.</summary>
    /// <param name="dWeights">The gradient of each weight, by expert in the order of <see cref="Tokens"/>.</param>
    public double[] ScaleGradients(double[][] dWeights) => [.. Tokens.Select((tokens, expert) => tokens.Select((token, i) => dWeights[expert][i] * Unscaled(token, expert)).Sum())];

    /// <summary>
    /// The gradient of the logits. With D the divisor of a token's scores:
    /// <code>
    /// ds = scale · dw / D,   or where D holds Σ s   ds = scale · (dw − Σ dw·s / D) / D,   on the chosen experts
    /// softmax: dl = s · (ds − Σ ds·s),   σ: dl = ds · s · (1 − s)
    /// </code>
    /// </summary>
    /// <param name="dWeights">The gradient of each weight, by expert in the order of <see cref="Tokens"/>.</param>
    /// <returns>tokens x experts, row-major.</returns>
    public double[] Backward(double[][] dWeights)
    {
        var (tokens, experts) = (_scores.GetLength(0), _scores.GetLength(1));
        var gradient = new double[tokens * experts];
        for (var expert = 0; expert < experts; expert++)
        {
            for (var i = 0; i < Tokens[expert].Length; i++)
                gradient[Tokens[expert][i] * experts + expert] = ScaleOf(expert) * dWeights[expert][i];
        }

        for (var token = 0; token < tokens; token++)
            TokenBackward(gradient.AsSpan(token * experts, experts), token);
        return gradient;
    }

    private double ScaleOf(int expert) => _scales?[expert] ?? 1;

    private double Unscaled(int token, int expert) => _rules.Scale * _scores[token, expert] / Divisor(token).Value;

    private void TokenBackward(Span<double> gradient, int token)
    {
        var (divisor, holdsSum) = Divisor(token);
        var mean = holdsSum ? Dot(gradient, token) / divisor : 0;
        for (var k = 0; k < _rules.ExpertsPerToken; k++)
        {
            ref var chosen = ref gradient[_chosen[token, k]];
            chosen = _rules.Scale * (chosen - mean) / divisor;
        }

        var dot = _rules.Score == RouterScore.Softmax ? Dot(gradient, token) : 0;
        for (var expert = 0; expert < gradient.Length; expert++)
        {
            var score = _scores[token, expert];
            gradient[expert] = _rules.Score == RouterScore.Softmax ? score * (gradient[expert] - dot) : gradient[expert] * score * (1 - score);
        }
    }

    /// <summary>The sum of values times scores over the chosen experts.</summary>
    private double Dot(ReadOnlySpan<double> values, int token)
    {
        var sum = 0.0;
        for (var k = 0; k < _rules.ExpertsPerToken; k++)
            sum += values[_chosen[token, k]] * _scores[token, _chosen[token, k]];
        return sum;
    }

    /// <summary>What the chosen experts' scores are divided by, and whether it changes with them.</summary>
    private (double Value, bool HoldsSum) Divisor(int token)
    {
        if (!_rules.Renormalize)
            return (1, false);
        var sum = _rules.SumOffset;
        for (var k = 0; k < _rules.ExpertsPerToken; k++)
            sum += _scores[token, _chosen[token, k]];
        return sum < _rules.LeastSum ? (_rules.LeastSum, false) : (sum, true);
    }

    /// <summary>Chooses a token's experts.</summary>
    /// <param name="logits">Those of the token.</param>
    /// <param name="bias">The correction bias, or nothing.</param>
    /// <param name="token">The token.</param>
    /// <param name="choice">Room for what is compared.</param>
    /// <param name="slack">Room for how much of it a near tie is.</param>
    private void Route(ReadOnlySpan<double> logits, ReadOnlySpan<double> bias, int token, Span<double> choice, Span<double> slack)
    {
        Score(logits, token);
        // Without a bias scores are ordered as their logits are, which tell apart what rounds to one score.
        var byLogits = bias.IsEmpty && _rules.Groups is null;
        for (var expert = 0; expert < choice.Length; expert++)
        {
            var score = _scores[token, expert];
            choice[expert] = byLogits ? logits[expert] : bias.IsEmpty ? score : score + bias[expert];
            slack[expert] = NearTie * Math.Max(1, Math.Abs(logits[expert])) * (byLogits ? 1 : _rules.Score == RouterScore.Softmax ? score : score * (1 - score));
        }

        var groupsTie = _rules.Groups is { } groups && LimitedGroups.Keep(groups, choice, slack);
        var (worst, next) = TakeLargest(choice, token);
        IsNearTie[token] = groupsTie || (next >= 0 && choice[worst] - choice[next] < (byLogits ? slack[worst] : Math.Max(slack[worst], slack[next])));
    }

    private void Score(ReadOnlySpan<double> logits, int token)
    {
        if (_rules.Score == RouterScore.Sigmoid)
        {
            for (var expert = 0; expert < logits.Length; expert++)
                _scores[token, expert] = 1 / (1 + Math.Exp(-logits[expert]));
            return;
        }

        var highest = double.NegativeInfinity;
        foreach (var logit in logits)
            highest = Math.Max(highest, logit);
        var sum = 0.0;
        for (var expert = 0; expert < logits.Length; expert++)
            sum += _scores[token, expert] = Math.Exp(logits[expert] - highest);
        for (var expert = 0; expert < logits.Length; expert++)
            _scores[token, expert] /= sum;
    }

    /// <summary>Chooses the experts with the largest values, the largest first; of equal ones the first comes first.</summary>
    /// <returns>The worst expert that is chosen, and the best one that is not, or -1.</returns>
    private (int Worst, int Next) TakeLargest(ReadOnlySpan<double> values, int token)
    {
        var (perToken, next) = (_rules.ExpertsPerToken, -1);
        for (var expert = 0; expert < values.Length; expert++)
        {
            var place = Math.Min(expert, perToken);
            while (place > 0 && !(values[_chosen[token, place - 1]] >= values[expert]))
                place--;
            if (place == perToken)
            {
                next = Better(values, next, expert);
                continue;
            }

            if (expert >= perToken)
                next = Better(values, next, _chosen[token, perToken - 1]);
            for (var k = Math.Min(expert, perToken - 1); k > place; k--)
                _chosen[token, k] = _chosen[token, k - 1];
            _chosen[token, place] = expert;
        }

        return (_chosen[token, perToken - 1], next);
    }

    private static int Better(ReadOnlySpan<double> values, int next, int expert) => next < 0 || values[expert] > values[next] ? expert : next;

    private int[][] TokensByExpert(int experts)
    {
        var counts = new int[experts];
        foreach (var expert in _chosen)
            counts[expert]++;
        var tokens = Array.ConvertAll(counts, static count => new int[count]);
        Array.Clear(counts);
        for (var token = 0; token < _chosen.GetLength(0); token++)
        {
            for (var k = 0; k < _rules.ExpertsPerToken; k++)
            {
                var expert = _chosen[token, k];
                tokens[expert][counts[expert]++] = token;
            }
        }

        return tokens;
    }
}
