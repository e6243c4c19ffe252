using LayerGrad.Decoders.Parts;

namespace LayerGrad.Tests.Decoders;

public sealed class ExpertRoutingTests
{
    [Theory]
    [InlineData(8, 2)]
    [InlineData(16, 16)]
    [InlineData(5, 1)]
    [InlineData(60, 7)]
    public void Each_token_goes_to_the_experts_with_the_largest_scores_and_equal_ones_in_their_order(int experts, int perToken)
    {
        const int Tokens = 200;
        var random = new Random(experts);

        // Scores from a few values, so that many are equal.
        double[] scores = [.. Enumerable.Range(0, Tokens * experts).Select(_ => random.Next(6) / 4.0)];
        var routing = new ExpertRouting(scores, Tokens, experts, perToken, renormalize: true);

        for (var token = 0; token < Tokens; token++)
        {
            var of = scores.AsSpan(token * experts, experts).ToArray();
            var order = Enumerable.Range(0, experts).OrderByDescending(expert => of[expert]).ThenBy(expert => expert).ToArray();
            Enumerable.Range(0, experts).Where(expert => routing.Tokens[expert].Contains(token)).ShouldBe(order[..perToken].Order());
            routing.IsNearTie[token].ShouldBe(perToken < experts && of[order[perToken - 1]] == of[order[perToken]]);
        }
    }

    [Fact]
    public void Routing_allocates_its_results_alone_however_many_tokens_there_are()
    {
        const int Experts = 64, PerToken = 8;
        var scores = new double[4096 * Experts];
        var random = new Random(1);
        for (var i = 0; i < scores.Length; i++)
            scores[i] = random.NextDouble();
        Allocated(64);

        (Allocated(4096) - Allocated(2048)).ShouldBeLessThan(2048 * (Experts * sizeof(double) + 2 * PerToken * sizeof(int) + sizeof(bool)) + 65536);

        long Allocated(int tokens)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            GC.KeepAlive(new ExpertRouting(scores.AsSpan(0, tokens * Experts), tokens, Experts, PerToken, renormalize: true));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
