using LayerGrad.Data;

namespace LayerGrad.Tests.Data;

public sealed class SeededRandomTests
{
    [Fact]
    public void It_is_xoshiro256_starstar_seeded_through_SplitMix64()
    {
        // From an independent implementation of the two published algorithms, seed 42.
        var random = new SeededRandom(42);
        new[] { random.NextUInt64(), random.NextUInt64(), random.NextUInt64() }
            .ShouldBe([1865750160070900731UL, 6791145067590612263UL, 14118064813682728970UL]);
    }

    [Fact]
    public void Numbers_below_a_bound_are_equally_likely()
    {
        var random = new SeededRandom(1);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
            counts[random.Next(7)]++;
        counts.ShouldAllBe(count => Math.Abs(count - 10_000) < 400);
    }

    [Fact]
    public void A_sample_has_distinct_positions()
    {
        var sample = new SeededRandom(3).Sample(100, 40);
        sample.Distinct().Count().ShouldBe(40);
        sample.ShouldAllBe(position => position >= 0 && position < 100);
        sample.ShouldNotBe([.. sample.Order()]);
    }
}
