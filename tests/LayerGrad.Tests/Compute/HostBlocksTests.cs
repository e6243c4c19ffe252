using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>Arrays that are kept for long, one behind the other in large blocks.</summary>
public sealed class HostBlocksTests
{
    [Fact]
    public void Arrays_of_all_sizes_come_back_as_they_were()
    {
        using var blocks = new HostBlocks<float>();
        var lengths = (int[])[5, 0, 1, 1 << 18, 3, (1 << 20) + 7, 70_000, 20_000_000, 17, 300_000, 300_000];
        var random = new Random(3);
        var arrays = Array.ConvertAll(lengths, length => Enumerable.Range(0, length).Select(_ => random.NextSingle()).ToArray());

        var places = Array.ConvertAll(arrays, array => blocks.Add(array));

        for (var i = 0; i < arrays.Length; i++)
            blocks.Read(places[i]).SequenceEqual(arrays[i]).ShouldBeTrue(lengths[i].ToString());
        blocks.Bytes.ShouldBeGreaterThan(lengths.Sum() * 4L);

        blocks.Clear();
        blocks.Bytes.ShouldBe(0);
        blocks.Read(blocks.Add([1, 2, 3])).ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Room_that_is_not_used_stays_small()
    {
        using var blocks = new HostBlocks<double>();
        blocks.Add([1.0]);
        blocks.Bytes.ShouldBe(1 << 20);
        for (var i = 0; i < 1000; i++)
            blocks.Add(new double[40_000]);
        blocks.Bytes.ShouldBeInRange(1000 * 40_000 * 8, (1000 * 40_000 * 8) + (130 << 20));
    }
}
