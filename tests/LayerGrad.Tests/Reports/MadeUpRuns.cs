using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace LayerGrad.Tests.Reports;

/// <summary>Writes small runs of made-up numbers, with texts that try to break out of the page.</summary>
internal sealed class MadeUpRuns : IDisposable
{
    /// <summary>Text that would run, were it ever taken for markup.</summary>
    public const string Hostile = "</script><script>window.hacked=1</script><img src=x onerror=\"window.hacked=2\"> & <b>bold</b> \u2028 =1+1";

    private static readonly string[] s_projections = ["q", "k", "v", "o"];

    public string Folder { get; } = Directory.CreateTempSubdirectory("layergrad-report-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The value that a run has: it differs with the example, layer and projection, and scales with the level.</summary>
    public static double Value(int example, int layer, int projection, double level) => level * (1 + (0.1 * ((example * 7) % 5)) + (0.2 * ((layer * 3) % 4)) + projection);

    public string Write(string name, int examples, int layers, double level, IReadOnlyList<int>? steps = null, bool tokens = false, bool noise = false, string output = "Answer")
    {
        var path = PathOf(name);
        using (var lines = new StreamWriter(path))
        {
            foreach (var step in steps?.Select(step => (int?)step) ?? [null])
            {
                for (var example = 0; example < examples; example++)
                    lines.WriteLine(Line(example, step, layers, step is null ? level : level / (1 + (step.Value / 50.0)), output));
            }
        }

        File.WriteAllText(Path.ChangeExtension(path, "meta.json"), """{"layergrad":"0.1.0","model":{"path":"/models/Made<up>","hash":"sha256:1"},"data":{"path":"data.json","hash":"sha256:2"},"options":{"protocol":"paper","chat":false,"max_length":1024}}""");
        File.WriteAllText(Path.ChangeExtension(path, "skipped.jsonl"), """{"index":99,"reason":"the output is <empty>"}""" + "\n");
        if (tokens)
            File.WriteAllLines(Path.ChangeExtension(path, "tokens.jsonl"), Enumerable.Range(0, examples).Select(example => TokenLine(example, layers)));
        if (noise)
            File.WriteAllText(Path.ChangeExtension(path, "noise.json"), NoiseText(examples, layers));
        return path;
    }

    /// <summary>Inner products of gradients with a common part, but for layer 1, where they have none: its noise scale is not resolved.</summary>
    private static string NoiseText(int examples, int layers)
    {
        string Triangle(int common) => $"[{string.Join(',', Enumerable.Range(0, examples).Select(row => $"[{string.Join(',', Enumerable.Range(0, row + 1).Select(column => common + (row == column ? 4 + (row % 3) : 0)))}]"))}]";
        var byLayer = Enumerable.Range(0, layers).Select(layer => $"\"{layer}\":{Triangle(layer == 1 ? 0 : 9)}");
        return $$"""{"layergrad":"0.1.0","examples":[{{string.Join(',', Enumerable.Range(0, examples))}}],"left_out":0,"all":{{Triangle(9)}},"layers":{ {{string.Join(',', byLayer)}} },"projections":{"Q":{{Triangle(9)}},"K":{{Triangle(0)}} } }""";
    }

    /// <summary>A symmetric matrix, with a negative cell, in NumPy's format; or one for each of some weights, the second twice the first.</summary>
    public string WriteKernel(int size, params string[] weights)
    {
        var shape = weights.Length == 0 ? $"{size}, {size}" : $"{weights.Length}, {size}, {size}";
        var header = $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}".PadRight(117) + "\n";
        var cells = Math.Max(1, weights.Length) * size * size;
        var bytes = new byte[10 + header.Length + (8 * cells)];
        new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 }.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)header.Length);
        System.Text.Encoding.Latin1.GetBytes(header).CopyTo(bytes, 10);
        for (var cell = 0; cell < cells; cell++)
        {
            var (matrix, i) = Math.DivRem(cell, size * size);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(10 + header.Length + (8 * cell)), (1 + matrix) * (i == 1 ? -0.25 : 1.0 / (1 + Math.Abs((i / size) - (i % size)))));
        }

        var path = PathOf($"kernel{weights.Length}.npy");
        File.WriteAllBytes(path, bytes);
        if (weights.Length > 0)
        {
            // As layergrad kernel writes it: the examples are those at the even positions of the dataset.
            var examples = string.Join(',', Enumerable.Range(0, size).Select(i => $$"""{"set":"data","index":{{2 * i}}}"""));
            File.WriteAllText(Path.ChangeExtension(path, ".json"), $$"""{"options":{"normalize":false},"axes":["weight","example","example"],"weight":[{{string.Join(',', weights.Select(name => $"\"{name}\""))}}],"example":[{{examples}}]}""");
        }

        return path;
    }

    private static string Line(int example, int? step, int layers, double level, string output)
    {
        var weights = from layer in Enumerable.Range(0, layers)
                      from projection in Enumerable.Range(0, s_projections.Length)
                      let value = Value(example, layer, projection, level)
                      select string.Create(CultureInfo.InvariantCulture,
                          $"\"model.layers.{layer}.self_attn.{s_projections[projection]}_proj.weight\":{{\"M_mean\":1e-7,\"M_max\":{value / 20},\"M_min\":{-value / 21},\"frobenius_norm\":{value / 3},\"S_sum\":{value},\"S_max\":{value / 4},\"S_min\":1e-9,\"effective_rank\":{3 + layer}}}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{{\"index\":{example},{(step is { } s ? $"\"step\":{s}," : "")}\"instruction\":{Text($"Question {example}: {Hostile}")},\"output\":{Text($"{output} {example} {Hostile}")},\"loss\":{1 + (0.01 * example)},\"tokens\":{{\"total\":{30 + example},\"response\":{5 + example}}},{string.Join(',', weights)}}}");
    }

    private static string TokenLine(int example, int layers)
    {
        var shares = from layer in Enumerable.Range(0, layers) from projection in s_projections select $"\"model.layers.{layer}.self_attn.{projection}_proj.weight\":[0.25,0.5,-0.25,0.5]";
        return $"{{\"index\":{example},\"text\":{Text("<s>Why? It")},\"ids\":[1,2,3,4],\"offsets\":[[0,0],[0,3],[3,7],[7,10]],\"response_start\":3,\"share\":{{{string.Join(',', shares)}}}}}";
    }

    private static string Text(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
