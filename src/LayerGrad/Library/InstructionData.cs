using LayerGrad.Examples;
using LayerGrad.Hub;

namespace LayerGrad;

/// <summary>Reads instruction datasets, in every format and form that <c>docs/data.md</c> lists.</summary>
public static class InstructionData
{
    /// <summary>Reads a dataset, each example as it is asked for. A dataset on the hub is downloaded into the hub's cache first.</summary>
    /// <param name="data">A file, a folder of shards, or a name on the hub (<c>tatsu-lab/alpaca</c>, <c>hf://datasets/ORG/NAME</c>).</param>
    /// <returns>The examples in their order; the text is as in the file, nothing is trimmed or normalised.</returns>
    /// <exception cref="InputException">There is no such dataset, or, when it is come to, a record that is no example.</exception>
    public static IEnumerable<Example> Read(string data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Dataset.ReadFrom(DatasetResolver.Resolve(data), null, 0);
    }
}
