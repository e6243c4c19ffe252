using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LayerGrad.Fuzz.Mutations;
using LayerGrad.Fuzz.Workers;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Fuzz.Targets;

/// <summary>Runs, kernels and studies: LayerGrad's own files, which may come from strangers like any other.</summary>
internal static class ResultTargets
{
    private static readonly JsonMutation s_run = new("model.layers.0.self_attn.q_proj.weight", "model.layers.2147483647.self_attn.q_proj.weight", "model.layers.00.self_attn.v_proj.weight", "S_sum", "S_max", "S_list", "loss", "index", "tokens", "step", "effective_rank", "rank");
    private static readonly JsonMutation s_metadata = new("version", "model", "data", "options", "results", "skipped", "devices", "path", "hash");
    private static readonly JsonMutation s_axes = new("weight", "layer", "matrix", "example", "set", "test", "train", "index", "normalize");
    private static readonly TextMutation s_header = new("'descr'", "'<f8'", "'<f4'", "'>f8'", "'|O'", "'fortran_order'", "True", "False", "'shape'", "(", ")", ",", "{", "}", "(2, 3, 3)", "99999999999", "-1", " ", "\n");
    private static readonly TextMutation s_study = new(
        ":", "- ", "\n", "  ", "{", "}", "[", "]", "&a ", "*a", "? ", "| ", "> ", "!!int ", "!!python/object ", "---\n", "...\n", "# ", "\"", "'", "<<: *a\n", "name: x\n", "out: /proc\n", "models:\n", "settings:\n", "datasets:\n", "measure:\n", "results:\n",
        "{setting}", "{variant}", "{x}", "limit: -1\n", "limit: 1e9\n", "chat: true\n", "date: 2024-07-26\n", "memory: 2GiB\n", "bootstrap: 0\n", "[S_sum, S_ratio]", "null", "~", "true", "\t", "../", "{a: {b: ", "[[[[");

    /// <summary>The targets.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FileTarget("run", "run.jsonl", static () => [RunFile()], static (seed, random) => DataTargets.MutateLines(seed, random, s_run), static path => Compare(path)),
        new FileTarget("run-metadata", "run.meta.json", MetadataSeeds, s_metadata.Mutate, static path => Compare(Path.Combine(Path.GetDirectoryName(path)!, "run.jsonl")), static folder => File.WriteAllBytes(Path.Combine(folder, "run.jsonl"), RunFile())),
        new FileTarget("kernel", "kernel.npy", static () => [Kernel(8), Kernel(4)], MutateKernel, Noise, static folder => File.WriteAllBytes(Path.Combine(folder, "kernel.json"), Axes())),
        new FileTarget("kernel-axes", "kernel.json", static () => [Axes()], s_axes.Mutate, static path => Noise(Path.ChangeExtension(path, ".npy")), static folder => File.WriteAllBytes(Path.Combine(folder, "kernel.npy"), Kernel(8))),
        new FileTarget("study", "study.yaml", StudySeeds, s_study.Mutate, static path =>
        {
            Study.Load(path);
            return Verdict.Read;
        }),
    ];

    private static Verdict Compare(string run) => FileTarget.Command("compare", run, "--bootstrap", "100", "--metric", "S_sum,S_max,effective_rank", "--format", "json");

    private static Verdict Noise(string kernel) => FileTarget.Command("noise", kernel, "--bootstrap", "100", "--format", "json");

    private static byte[] RunFile()
    {
        var lines = new StringBuilder();
        for (var index = 0; index < 3; index++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{{\"instruction\":\"Add {index} and 2.\",\"output\":\"{index + 2}\",\"loss\":{index + 0.5},\"index\":{index},\"tokens\":{{\"total\":20,\"response\":{index + 1}}}");
            for (var layer = 0; layer < 2; layer++)
            {
                foreach (var projection in "qkvo")
                {
                    lines.Append(CultureInfo.InvariantCulture, $",\"model.layers.{layer}.self_attn.{projection}_proj.weight\":{{\"M_mean\":-2.4e-7,\"M_max\":0.0137,\"M_min\":-0.0149,\"frobenius_norm\":0.5{layer}{index},\"S_sum\":0.5{layer}{index},\"S_max\":0.5{layer}{index},\"effective_rank\":1,\"rank\":1,\"S_list\":[0.5{layer}{index}]}}");
                }
            }

            lines.Append("}\n");
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private static byte[][] MetadataSeeds() =>
        ["""{"version":"0.1.0","model":{"path":"m","hash":"a","family":"llama","layers":2},"data":{"path":"d.json","hash":"b","examples":3},"options":{"chat":false,"limit":3},"devices":["cpu"],"results":{"examples":3,"seconds":1.5},"skipped":[]}"""u8.ToArray()];

    private static byte[] Kernel(int size)
    {
        var header = Encoding.ASCII.GetBytes($"{{'descr': '<f{size}', 'fortran_order': False, 'shape': (2, 3, 3), }}".PadRight(117) + "\n");
        var cells = new byte[18 * size];
        for (var cell = 0; cell < 18; cell++)
        {
            var value = cell % 9 % 4 == 0 ? 2 + cell : 0.5; // the diagonal of a 3 x 3 matrix, and the rest
            if (size == 8)
                BinaryPrimitives.WriteDoubleLittleEndian(cells.AsSpan(cell * 8), value);
            else
                BinaryPrimitives.WriteSingleLittleEndian(cells.AsSpan(cell * 4), (float)value);
        }

        return WithHeader(header, cells);
    }

    private static byte[] WithHeader(byte[] header, ReadOnlySpan<byte> cells) => [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. header, .. cells];

    private static byte[] MutateKernel(byte[] file, Random random)
    {
        if (random.Next(3) == 0)
            return BinaryMutation.Mutate(file, random);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        return WithHeader(s_header.Mutate(file[10..(10 + length)], random), file.AsSpan(10 + length));
    }

    private static byte[] Axes() =>
        """{"version":"0.1.0","model":{"path":"m"},"data":{"path":"d.json"},"options":{"normalize":false,"by":"layer"},"shape":[2,3,3],"axes":["layer","example","example"],"layer":[0,1],"example":[{"file":"d.json","index":0},{"file":"d.json","index":1},{"file":"d.json","index":2}],"skipped":[]}"""u8.ToArray();

    private static byte[][] StudySeeds()
    {
        var (model, data) = (Path.Combine(Repository.Root, "demo", "model"), Path.Combine(Repository.Root, "demo", "data"));
        return [Encoding.UTF8.GetBytes($$"""
            name: Seven words
            out: out
            models:
              - { name: demo, model: {{model}} }
              - name: chat
                model: {{model}}
                chat: true
            settings: { none: none, simplified: simplified, detailed: detailed }
            variants: { correct: "", irrelevant: _irrelevant }
            datasets:
              - { name: heldout, files: "{{data}}/heldout_{setting}{variant}.json" }
            measure:
              limit: 8
              date: 2024-07-26
              memory: 2GiB
            results:
              metrics: [S_sum, S_ratio]
              tables: [text, latex]
              figures: [svg, pdf]
              bootstrap: 500
            """)];
    }
}
