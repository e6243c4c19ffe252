using System.Globalization;
using System.Text.Json;
using LayerGrad.Json;
using Keys = LayerGrad.Runs.RunKeys.Noise;
using MetadataKeys = LayerGrad.Runs.RunKeys.Metadata;

namespace LayerGrad.Runs.Kernels;

/// <summary><c>RUN.noise.json</c>: the inner products between the gradients of a run's examples. Of each matrix the rows of the lower triangle are written.</summary>
internal static class ExampleProductsFile
{
    /// <summary>Bytes that a file may have: 512 examples of a model of 100 layers take about a quarter of it.</summary>
    private const long Largest = 1L << 30;

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="products">What it holds.</param>
    public static void Write(string path, ExampleProducts products) => WholeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString(MetadataKeys.Version, RunMetadata.CurrentVersion);
        json.WriteStartArray(MetadataKeys.Examples);
        foreach (var example in products.Examples)
            json.WriteNumberValue(example);
        json.WriteEndArray();
        json.WriteNumber(Keys.LeftOut, products.LeftOut);
        Write(json, Keys.All, products.Whole, products.Examples.Count);
        json.WriteStartObject(Keys.Layers);
        foreach (var (layer, values) in products.Layers)
            Write(json, layer.ToString(CultureInfo.InvariantCulture), values, products.Examples.Count);
        json.WriteEndObject();
        json.WriteStartObject(Keys.Projections);
        foreach (var (projection, values) in products.Projections)
            Write(json, projection, values, products.Examples.Count);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">There is none, or it holds something else.</exception>
    public static ExampleProducts Read(string path)
    {
        var root = ForeignJson.ReadOwn(path, Largest);
        int[] examples = [.. root.Array(MetadataKeys.Examples).Select(example => example.AsInt(0))];
        var products = new ExampleProducts(examples) { LeftOut = root.Int(Keys.LeftOut, 0) };
        Read(root.Require(Keys.All), examples.Length, products.Whole);
        foreach (var (layer, rows) in root.Object(Keys.Layers).Members())
        {
            if (!int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw rows.Wrong("a layer's number");
            Read(rows, examples.Length, products.Layers[number] = new double[examples.Length * examples.Length]);
        }

        foreach (var (projection, rows) in root.Object(Keys.Projections).Members())
            Read(rows, examples.Length, products.Projections[projection] = new double[examples.Length * examples.Length]);
        return products;
    }

    private static void Write(Utf8JsonWriter json, string name, double[] values, int size)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < size; i++)
        {
            json.WriteStartArray();
            for (var j = 0; j <= i; j++)
                json.WriteNumberValue(values[(i * size) + j]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void Read(JsonValue rows, int size, double[] values)
    {
        var i = 0;
        foreach (var row in rows.Items())
        {
            if (i == size || row.Count != i + 1)
                throw row.Wrong($"row {i} of the lower triangle of a {size} x {size} matrix");
            var j = 0;
            foreach (var value in row.Items())
            {
                values[(i * size) + j] = values[(j * size) + i] = value.AsDouble();
                j++;
            }

            i++;
        }

        if (i != size)
            throw rows.Wrong($"{size} rows");
    }
}
