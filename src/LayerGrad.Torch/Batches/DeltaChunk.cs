using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Batches;

/// <summary>
/// A chunk of tokens of the gated delta rule, all heads of all examples at once (Yang et al. 2024, arXiv 2406.06484 and 2412.06464). Within a chunk that
/// begins with the state S, with γ the running sum of the log decays, E = exp(γₜ − γⱼ) for j ≤ t, e = exp(γ), l = exp(γ_last − γ), and products taken by rows:
/// <code>
/// Aₜⱼ = βₜ Eₜⱼ (kₜ·kⱼ) for j &lt; t,   Pₜⱼ = Eₜⱼ (qₜ·kⱼ) for j ≤ t
/// M = V − e∘(K S),   (I + A) U = β∘M,   O = e∘(Q S) + P U,   S' = e_last S + (l∘K)ᵀ U
/// </code>
/// and backward, with D = dO and S̄ the gradient of S':
/// <code>
/// dU = Pᵀ D + (l∘K) S̄,   (I + A)ᵀ dR = dU,   dV = β∘dR,   dβ = dR·M + Σⱼ Yₜⱼ (kₜ·kⱼ),   Y = −E∘(dR Uᵀ) for j &lt; t
/// G = E∘(D Uᵀ),   dQ = G K + e∘(D Sᵀ),   dK = Gᵀ Q + (Z + Zᵀ) K − e∘(dV Sᵀ) + l∘(U S̄ᵀ),   Z = β∘Y
/// dS = e_last S̄ + (e∘Q)ᵀ D − (e∘K)ᵀ dV,   dγ by what each factor of E, e and l multiplies,   dg = the sum of dγ from there on
/// </code>
/// A token that is none (β = 0, g = 0, and zeros) changes nothing.
/// </summary>
internal sealed class DeltaChunk
{
    private readonly DeltaTokens _tokens;
    private readonly torch.Tensor? _state;
    private readonly torch.Tensor _decay;
    private readonly torch.Tensor _first;
    private readonly torch.Tensor _last;
    private readonly torch.Tensor _keys;
    private readonly torch.Tensor _scores;
    private readonly torch.Tensor _target;
    private readonly torch.Tensor _system;
    private readonly torch.Tensor _update;

    /// <summary>Solves for U.</summary>
    /// <param name="tokens">The chunk's tokens.</param>
    /// <param name="state">S, batch x key size x value size; null where the examples begin.</param>
    public DeltaChunk(DeltaTokens tokens, torch.Tensor? state)
    {
        (_tokens, _state) = (tokens, state);
        // In float64: a state multiplies up all decays, and differences of their sums are what is left of them.
        var (sums, type) = (tokens.LogDecay.to(torch.ScalarType.Float64).cumsum(1), tokens.LogDecay.dtype);
        _decay = sums.unsqueeze(2).sub(sums.unsqueeze(1)).masked_fill_(Upper(tokens.Count, diagonal: 1), Number(double.NegativeInfinity)).exp_().to(type);
        _first = sums.exp_().to(type).unsqueeze(2);
        _last = _decay.narrow(1, tokens.Count - 1, 1).transpose(1, 2);
        _keys = tokens.Key.bmm(tokens.Key.transpose(1, 2));
        _scores = tokens.Query.bmm(tokens.Key.transpose(1, 2)).mul_(_decay);
        _target = state is null ? tokens.Value : tokens.Value.sub(tokens.Key.bmm(state).mul_(_first));
        _system = _keys.mul(_decay).mul_(tokens.Rate).masked_fill_(Upper(tokens.Count, diagonal: 0), Number(0));
        _update = torch.linalg.solve_triangular(_system, _target.mul(tokens.Rate), upper: false, unitriangular: true);
    }

    /// <summary>O, batch x tokens x value size.</summary>
    public torch.Tensor Output()
    {
        var inner = _scores.bmm(_update);
        return _state is null ? inner : inner.add_(_tokens.Query.bmm(_state).mul_(_first), One);
    }

    /// <summary>S'.</summary>
    public torch.Tensor Next()
    {
        var added = _tokens.Key.mul(_last).transpose(1, 2).bmm(_update);
        return _state is null ? added : added.add_(_state.mul(WholeDecay), One);
    }

    /// <summary>The gradients of the chunk's tokens, and that of S.</summary>
    /// <param name="dOutput">D.</param>
    /// <param name="dNext">S̄.</param>
    public (DeltaTokens Tokens, torch.Tensor State) Backward(torch.Tensor dOutput, torch.Tensor dNext)
    {
        var (query, key, rate, lastOne) = (_tokens.Query, _tokens.Key, _tokens.Rate, _tokens.Count - 1);
        var dUpdate = _scores.transpose(1, 2).bmm(dOutput).add_(key.mul(_last).bmm(dNext), One);

        // P.
        var dScores = dOutput.bmm(_update.transpose(1, 2));
        var dSums = OfSquare(dScores.mul(_scores));
        dScores.mul_(_decay);
        var dQuery = dScores.bmm(key);
        var dKey = dScores.transpose(1, 2).bmm(query);

        // S', but for S itself.
        var throughLast = _update.bmm(dNext.transpose(1, 2)).mul_(_last);
        var ofLast = throughLast.mul(key).sum([2L]);
        dSums.sub_(ofLast).narrow(1, lastOne, 1).add_(ofLast.sum([1L], keepdim: true), One);
        dKey.add_(throughLast, One);

        // The system of equations.
        var dSolved = torch.linalg.solve_triangular(_system.transpose(1, 2), dUpdate, upper: true, unitriangular: true);
        var dSystem = dSolved.bmm(_update.transpose(1, 2)).mul_(_decay).neg_().masked_fill_(Upper(_tokens.Count, diagonal: 0), Number(0));
        var dRate = dSolved.mul(_target).sum([2L], keepdim: true).add_(dSystem.mul(_keys).sum([2L], keepdim: true), One);
        dSystem.mul_(rate);
        var dValue = dSolved.mul_(rate);
        dSums.add_(OfSquare(dSystem.mul(_keys)), One);
        dKey.add_(dSystem.add(dSystem.transpose(1, 2), One).bmm(key), One);

        var dState = dNext.mul(WholeDecay);
        if (_state is not null)
        {
            dSums.narrow(1, lastOne, 1).add_(dState.mul(_state).sum([1L, 2L]).unsqueeze(1), One);
            AddThroughState(dOutput, query, 1, dQuery, dSums);
            AddThroughState(dValue, key, -1, dKey, dSums);
        }

        dState.add_(query.mul(_first).transpose(1, 2).bmm(dOutput), One).sub_(key.mul(_first).transpose(1, 2).bmm(dValue));
        return (new DeltaTokens(dQuery, dKey, dValue, dSums.flip([1L]).cumsum(1).flip([1L]), dRate), dState);
    }

    /// <summary>e_last, for each state.</summary>
    private torch.Tensor WholeDecay => _first.narrow(1, _tokens.Count - 1, 1);

    /// <summary>gradient += sign · e∘(d Sᵀ), and dγ what it multiplies.</summary>
    private void AddThroughState(torch.Tensor d, torch.Tensor values, double sign, torch.Tensor gradient, torch.Tensor dSums)
    {
        var part = d.bmm(_state!.transpose(1, 2)).mul_(_first).mul_(Number(sign));
        dSums.add_(part.mul(values).sum([2L]), One);
        gradient.add_(part, One);
    }

    /// <summary>What E multiplies goes to γₜ, and with the other sign to γⱼ.</summary>
    private static torch.Tensor OfSquare(torch.Tensor x) => x.sum([2L]).sub_(x.sum([1L]));

    private torch.Tensor Upper(long size, long diagonal) => torch.ones(size, size, torch.ScalarType.Bool, _tokens.Key.device).triu(diagonal);
}
