using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Compute;

namespace LayerGrad.Bench.Gpu;

/// <summary>Results as lines of JSON, appended and printed, each with what it was measured on.</summary>
/// <param name="options">Where they go.</param>
/// <param name="device">The device's own description.</param>
internal sealed class ResultFile(GpuOptions options, string device)
{
    /// <summary>Appends a result.</summary>
    /// <param name="row">What was measured.</param>
    public void Add(JsonObject row)
    {
        var line = new JsonObject
        {
            ["command"] = options.Command,
            ["time"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["device"] = device,
            ["small"] = options.Small,
        };
        foreach (var (name, value) in row)
            line[name] = value?.DeepClone();
        var text = Text(line);
        File.AppendAllText(options.Out, text + "\n");
        Console.WriteLine(text);
    }

    private static string Text(JsonObject line)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            line.WriteTo(writer);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>A number with as many digits as a reader wants.</summary>
    public static JsonNode Rounded(double value) => double.IsFinite(value) ? JsonValue.Create(double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)) : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The description of a device, which is made and given back.</summary>
    public static string Describe(GpuOptions options, Precision precision)
    {
        using var device = DeviceFactory.Create<float>(new DeviceOptions(options.Device, Precision: precision));
        return device.Description;
    }
}
