using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LayerGrad.Reports;

/// <summary>What the axes of a kernel are, from the <c>KERNEL.json</c> beside it; counted from 0 where there is none.</summary>
/// <param name="By">What each matrix belongs to: <c>weight</c>, <c>layer</c>, or <c>matrix</c> where that is not said.</param>
/// <param name="Names">The name of each matrix.</param>
/// <param name="Examples">The name of each example: its position in the dataset, with the set where there are two.</param>
/// <param name="Cosines">Whether the cells are cosines.</param>
internal sealed record KernelAxes(string By, IReadOnlyList<string> Names, IReadOnlyList<string> Examples, bool Cosines)
{
    /// <summary>Reads the axes of a kernel.</summary>
    /// <exception cref="InputException">The file beside it is of another kernel, or of none.</exception>
    public static KernelAxes Of(KernelFile kernel)
    {
        var path = System.IO.Path.ChangeExtension(kernel.Path, ".json");
        if (!File.Exists(path))
            return new KernelAxes("matrix", Numbers(kernel.Matrices), Numbers(kernel.Rows), Cosines: false);
        try
        {
            var root = JsonNode.Parse(File.ReadAllText(path)) ?? throw new FormatException("it is null");
            var by = kernel.IsStack ? Text(root["axes"]?[0]) : "matrix";
            string[] names = kernel.IsStack ? [.. Items(root[by]).Select(Text)] : ["0"];
            string[] examples = [.. Items(root["example"]).Select(example => (Text(example?["set"]) == "test" ? "test " : "") + Text(example?["index"]))];
            if (names.Length != kernel.Matrices || examples.Length != kernel.Rows || kernel.Rows != kernel.Columns)
                throw new FormatException("its axes are of another shape");
            return new KernelAxes(by, names, examples, root["options"]?["normalize"]?.GetValue<bool>() ?? false);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            throw new InputException($"{path}: does not describe {kernel.Path} ({error.Message.Split('\n')[0]}); put the file there that layergrad kernel wrote with it, or remove this one", error);
        }
    }

    private static JsonArray Items(JsonNode? node) => node as JsonArray ?? throw new FormatException("an axis is missing");

    private static string Text(JsonNode? node) => node is JsonValue ? node.ToString() : throw new FormatException("a name is missing");

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
