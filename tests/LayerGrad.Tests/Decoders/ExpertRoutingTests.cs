using LayerGrad.Decoders.Parts;
using LayerGrad.Decoders.Specification;

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
        var routing = new ExpertRouting(scores, [], Tokens, experts, new RoutingSpecification(perToken) { Renormalize = true });

        for (var token = 0; token < Tokens; token++)
        {
            var of = scores.AsSpan(token * experts, experts).ToArray();
            var order = Enumerable.Range(0, experts).OrderByDescending(expert => of[expert]).ThenBy(expert => expert).ToArray();
            Enumerable.Range(0, experts).Where(expert => routing.Tokens[expert].Contains(token)).ShouldBe(order[..perToken].Order());
            routing.IsNearTie[token].ShouldBe(perToken < experts && of[order[perToken - 1]] == of[order[perToken]]);
        }
    }

    [Theory]
    [InlineData(RouterScore.Sigmoid, 1, 1, 1)]
    [InlineData(RouterScore.Sigmoid, 4, 2, 2)]
    [InlineData(RouterScore.Softmax, 4, 3, 1)]
    [InlineData(RouterScore.Softmax, 8, 3, 2)]
    internal void A_bias_and_groups_decide_the_choice_and_not_the_weights(RouterScore score, int groups, int chosen, int counted)
    {
        const int Tokens = 300, Experts = 16, PerToken = 3;
        var random = new Random(groups);
        double[] logits = [.. Enumerable.Range(0, Tokens * Experts).Select(_ => 4 * random.NextDouble() - 2)];
        double[] bias = [.. Enumerable.Range(0, Experts).Select(_ => random.NextDouble() - 0.5)];
        var rules = new RoutingSpecification(PerToken)
        {
            Score = score,
            Renormalize = true,
            SumOffset = 0.1,
            Scale = 2.5,
            Groups = groups == 1 ? null : new ExpertGroups(groups, chosen, counted),
        };

        var routing = new ExpertRouting(logits, bias, Tokens, Experts, rules);

        for (var token = 0; token < Tokens; token++)
        {
            var of = logits.AsSpan(token * Experts, Experts).ToArray();
            var sum = of.Sum(Math.Exp);
            double[] scores = [.. of.Select(logit => score == RouterScore.Softmax ? Math.Exp(logit) / sum : 1 / (1 + Math.Exp(-logit)))];
            var best = Enumerable.Range(0, Experts).Chunk(Experts / groups)
                .OrderByDescending(group => group.Select(expert => scores[expert] + bias[expert]).OrderDescending().Take(counted).Sum())
                .Take(chosen).SelectMany(group => group)
                .OrderByDescending(expert => scores[expert] + bias[expert]).Take(PerToken).ToArray();
            Enumerable.Range(0, Experts).Where(expert => routing.Tokens[expert].Contains(token)).ShouldBe(best.Order());
            var total = best.Sum(expert => scores[expert]) + 0.1;
            foreach (var expert in best)
                routing.Weights(expert)[Array.IndexOf(routing.Tokens[expert], token)].ShouldBe(2.5 * scores[expert] / total, 1e-14);
        }
    }

    [Fact]
    public void What_the_weights_are_divided_by_has_a_least_value()
    {
        double[] logits = [-3, -4, -5, -30];
        var rules = new RoutingSpecification(1) { Score = RouterScore.Sigmoid, Renormalize = true, LeastSum = 0.25 };

        var routing = new ExpertRouting(logits, [], 1, 4, rules);

        routing.Weights(0).ShouldBe([1 / (1 + Math.Exp(3)) / 0.25]);
    }

    [Fact]
    public void A_choice_is_nearly_tied_where_a_logit_s_last_digits_decide_it()
    {
        // What is compared is σ(l) + b: with a slope of 1/4 at 0, logits that differ by half of 1e-4 are told apart by an eighth of it.
        var rules = new RoutingSpecification(1) { Score = RouterScore.Sigmoid };
        Ties([0, 0.5e-4], [0.1, 0.1]).ShouldBeTrue();
        Ties([0, 4e-4], [0.1, 0.1]).ShouldBeFalse();
        Ties([0, 4e-4], [0.1 + 0.99e-4, 0.1]).ShouldBeTrue();
        var grouped = new RoutingSpecification(1) { Score = RouterScore.Sigmoid, Groups = new ExpertGroups(2, 1, 2) };
        new ExpertRouting([2, 0, 1, 1.1], [], 1, 4, grouped).IsNearTie[0].ShouldBeFalse();
        new ExpertRouting([2, 1, 1, 2.000001], [], 1, 4, grouped).IsNearTie[0].ShouldBeTrue();

        bool Ties(double[] logits, double[] bias) => new ExpertRouting(logits, bias, 1, 2, rules).IsNearTie[0];
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
            GC.KeepAlive(new ExpertRouting(scores.AsSpan(0, tokens * Experts), [], tokens, Experts, new RoutingSpecification(PerToken) { Renormalize = true }));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
