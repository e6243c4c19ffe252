using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Batches;

/// <summary>
/// Rows that go to places which may repeat, summed without atomics: rows of one place lie side by side, and neighbours are added until one is left of each place.
/// So the order of every sum is fixed, and the rounds are as many as the logarithm of the most rows of a place.
/// </summary>
internal sealed class RowSums
{
    private readonly int _rows;
    private readonly bool _sorted;
    private readonly List<(int Start, int Count)> _rounds = [];
    private readonly int _firsts;
    private readonly int _places;

    private RowSums(int rows, bool sorted, List<long> indices, List<(int Start, int Count)> rounds, int firsts, int places) =>
        (_rows, _sorted, Indices, _rounds, _firsts, _places) = (rows, sorted, [.. indices], rounds, firsts, places);

    /// <summary>All indices, for one upload.</summary>
    public long[] Indices { get; }

    /// <summary>Plans the sums of rows i that go to places[i].</summary>
    public static RowSums Of(ReadOnlySpan<int> places)
    {
        var indices = new List<long>();
        if (AllDiffer(places))
        {
            foreach (var place in places)
                indices.Add(place);
            return new RowSums(places.Length, sorted: true, indices, [], firsts: -1, places.Length);
        }

        // A stable sort, so that rows of a place keep their order.
        var keys = places.ToArray();
        var order = Enumerable.Range(0, keys.Length).OrderBy(row => keys[row]).ToArray();
        indices.AddRange(order.Select(row => (long)row));
        var groups = order.Select((row, at) => (Place: keys[row], At: at)).GroupBy(item => item.Place).Select(group => (Place: group.Key, First: group.First().At, Count: group.Count())).ToList();
        var rounds = new List<(int Start, int Count)>();
        for (var step = 1; groups.Exists(group => group.Count > step); step *= 2)
        {
            var left = new List<long>();
            foreach (var (_, first, count) in groups)
            {
                for (var i = 0; i + step < count; i += 2 * step)
                    left.Add(first + i);
            }

            rounds.Add((indices.Count, left.Count));
            indices.AddRange(left);
            indices.AddRange(left.Select(place => place + step));
        }

        var firsts = indices.Count;
        indices.AddRange(groups.Select(group => (long)group.First));
        indices.AddRange(groups.Select(group => (long)group.Place));
        return new RowSums(keys.Length, sorted: false, indices, rounds, firsts, groups.Count);
    }

    /// <summary>A row for each of <see cref="Destinations"/>.</summary>
    /// <param name="rows">The rows; left as they are.</param>
    /// <param name="index"><see cref="Indices"/> on the device.</param>
    public torch.Tensor Reduce(torch.Tensor rows, torch.Tensor index)
    {
        if (_sorted)
            return rows;
        var work = rows.index_select(0, index.narrow(0, 0, _rows));
        foreach (var (start, count) in _rounds)
        {
            var left = index.narrow(0, start, count);
            var right = index.narrow(0, start + count, count);
            work.index_copy_(0, left, work.index_select(0, left).add_(work.index_select(0, right), One));
        }

        return work.index_select(0, index.narrow(0, _firsts, _places));
    }

    /// <summary>The places, each once.</summary>
    /// <param name="index"><see cref="Indices"/> on the device.</param>
    public torch.Tensor Destinations(torch.Tensor index) => index.narrow(0, _sorted ? 0 : _firsts + _places, _places);

    private static bool AllDiffer(ReadOnlySpan<int> places)
    {
        var seen = new HashSet<int>(places.Length);
        foreach (var place in places)
        {
            if (!seen.Add(place))
                return false;
        }

        return true;
    }
}
