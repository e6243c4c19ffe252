using System.Globalization;
using LayerGrad.Json;
using Keys = LayerGrad.Runs.RunKeys.Kernel;

namespace LayerGrad.Runs.Kernels;

/// <summary>What the axes of a kernel are, from the <c>KERNEL.json</c> beside it; counted from 0 where there is none.</summary>
/// <param name="By">What each matrix belongs to: <c>weight</c>, <c>layer</c>, or <c>matrix</c> where that is not said.</param>
/// <param name="Names">The name of each matrix.</param>
/// <param name="Examples">The name of each example: its position in the dataset, with the set where there are two.</param>
/// <param name="Cosines">Whether the cells are cosines.</param>
internal sealed record KernelAxes(string By, IReadOnlyList<string> Names, IReadOnlyList<string> Examples, bool Cosines)
{
    private const string NoAxis = "matrix";
    private const string TestPrefix = KernelSidecar.TestSet + " ";

    /// <summary>Whether each matrix belongs to a weight.</summary>
    public bool IsByWeight => By == KernelBy.Weight.NameOf();

    /// <summary>Whether each matrix belongs to a layer.</summary>
    public bool IsByLayer => By == KernelBy.Layer.NameOf();

    /// <summary>Whether examples of a second set are among the examples.</summary>
    public bool HasTestSet => Examples.Any(example => example.StartsWith(TestPrefix, StringComparison.Ordinal));

    /// <summary>Reads the axes of a kernel, as <see cref="KernelSidecar"/> writes them.</summary>
    /// <exception cref="InputException">The file beside it is of another kernel, or of none.</exception>
    public static KernelAxes Of(KernelFile kernel)
    {
        var path = System.IO.Path.ChangeExtension(kernel.Path, ".json");
        if (!File.Exists(path))
            return new KernelAxes(NoAxis, Numbers(kernel.Matrices), Numbers(kernel.Rows), Cosines: false);
        var root = ForeignJson.ReadObject(path);
        JsonValue[] axes = kernel.IsStack ? [.. root.Array(Keys.Axes)] : [];
        var by = !kernel.IsStack ? NoAxis : axes.Length > 0 ? axes[0].AsText() : throw root.Require(Keys.Axes).Wrong("an array that names the axes");
        string[] names = kernel.IsStack ? [.. root.Array(by).Select(Name)] : ["0"];
        string[] examples = [.. root.Array(Keys.Example).Select(example => (example.OptionalText(Keys.Set) == KernelSidecar.TestSet ? TestPrefix : "") + Name(example.Require(RunKeys.Index)))];
        if (names.Length != kernel.Matrices || examples.Length != kernel.Rows || kernel.Rows != kernel.Columns)
            throw root.Error($"does not describe {kernel.Path} (its axes are of another shape); put the file there that layergrad kernel wrote with it, or remove this one");
        return new KernelAxes(by, names, examples, root.OptionalObject(RunKeys.Metadata.Options)?.Flag(Keys.Normalize, otherwise: false) ?? false);
    }

    private static string Name(JsonValue value) => value.IsText ? value.AsText() : value.AsLong(0).ToString(CultureInfo.InvariantCulture);

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
