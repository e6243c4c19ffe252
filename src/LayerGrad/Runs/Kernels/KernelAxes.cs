using System.Globalization;
using LayerGrad.Json;
using Keys = LayerGrad.Runs.RunKeys.Kernel;

namespace LayerGrad.Runs.Kernels;

/// <summary>What the axes of a kernel are, from the <c>KERNEL.json</c> beside it; counted from 0 where there is none.</summary>
/// <param name="By">What each matrix belongs to: <c>weight</c>, <c>layer</c>, or <c>matrix</c> where that is not said.</param>
/// <param name="Names">The name of each matrix.</param>
/// <param name="Members">The examples.</param>
/// <param name="Cosines">Whether the cells are cosines.</param>
internal sealed record KernelAxes(string By, IReadOnlyList<string> Names, IReadOnlyList<KernelExample> Members, bool Cosines)
{
    private const string NoAxis = "matrix";

    /// <summary>Whether each matrix belongs to a weight.</summary>
    public bool IsByWeight => By == KernelBy.Weight.NameOf();

    /// <summary>Whether each matrix belongs to a layer.</summary>
    public bool IsByLayer => By == KernelBy.Layer.NameOf();

    /// <summary>The names of the sets that the examples belong to, in the order in which they come.</summary>
    public IReadOnlyList<string> Sets => [.. Members.Select(member => member.Set).Distinct(StringComparer.Ordinal)];

    /// <summary>The name of each example: its position in the dataset, behind the name of its set where that is not the only one.</summary>
    public IReadOnlyList<string> Examples => [.. Members.Select(NameOf)];

    /// <summary>Reads the axes of a kernel, as <see cref="KernelSidecar"/> writes them.</summary>
    /// <exception cref="InputException">The file beside it is of another kernel, or of none.</exception>
    public static KernelAxes Of(KernelFile kernel)
    {
        var path = System.IO.Path.ChangeExtension(kernel.Path, ".json");
        if (!File.Exists(path))
            return new KernelAxes(NoAxis, Numbers(kernel.Matrices), [.. Numbers(kernel.Rows).Select(number => new KernelExample(KernelSidecar.FirstSet, number, null))], Cosines: false);
        var root = ForeignJson.ReadOwn(path);
        JsonValue[] axes = kernel.IsStack ? [.. root.Array(Keys.Axes)] : [];
        var by = !kernel.IsStack ? NoAxis : axes.Length > 0 ? axes[0].AsText() : throw root.Require(Keys.Axes).Wrong("an array that names the axes");
        string[] names = kernel.IsStack ? [.. root.Array(by).Select(Name)] : ["0"];
        KernelExample[] members = [.. root.Array(Keys.Example).Select(example => new KernelExample(
            example.OptionalText(Keys.Set) ?? KernelSidecar.FirstSet, Name(example.Require(RunKeys.Index)), example.Has(Keys.Question) ? example.Require(Keys.Question).AsInt(0) : null))];
        if (names.Length != kernel.Matrices || members.Length != kernel.Rows || kernel.Rows != kernel.Columns)
            throw root.Error($"does not describe {kernel.Path} (its axes are of another shape); put the file there that layergrad kernel wrote with it, or remove this one");
        if (FirstTwice(names) is { } name)
            throw root.Error($"{by} names {JsonValue.Shortened(name)} twice");
        if (FirstTwice([.. members.Select(NameOf)]) is { } example)
            throw root.Error($"{Keys.Example} has {JsonValue.Shortened(example)} twice");
        return new KernelAxes(by, names, members, root.OptionalObject(RunKeys.Metadata.Options)?.Flag(Keys.Normalize, otherwise: false) ?? false);
    }

    private static string NameOf(KernelExample member) => member.Set == KernelSidecar.FirstSet ? member.Position : $"{member.Set} {member.Position}";

    private static string? FirstTwice(string[] names) => names.GroupBy(static name => name, StringComparer.Ordinal).FirstOrDefault(static group => group.Skip(1).Any())?.Key;

    private static string Name(JsonValue value) => value.IsText ? value.AsText() : value.AsLong(0).ToString(CultureInfo.InvariantCulture);

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
