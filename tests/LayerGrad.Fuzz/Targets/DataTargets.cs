using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using LayerGrad.Examples;
using LayerGrad.Fuzz.Mutations;
using LayerGrad.Fuzz.Workers;
using LayerGrad.Tests.Support;
using Parquet;

namespace LayerGrad.Fuzz.Targets;

/// <summary>Datasets in each format, with records of each form.</summary>
internal static class DataTargets
{
    private static readonly JsonMutation s_json = new("instruction", "input", "output", "prompt", "completion", "messages", "conversations", "role", "content", "from", "value", "user", "assistant", "system", "tool", "human", "gpt", "question", "answer", "text", "input_ids", "labels", "chosen", "tools");
    private static readonly TextMutation s_table = new(",", "\t", "\"", "\"\"", "\n", "\r\n", "\r", "instruction", "output", "prompt", "\"a\nb\"", "\"messages\"", "'", "[{\"role\":\"user\",\"content\":\"a\"}]");

    private static readonly string[] s_records =
    [
        """{"instruction":"Add 1 and 2.","input":"","output":"3","index":0}""",
        """{"prompt":"Add 1 and 2.","completion":"3"}""",
        """{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Add 1 and 2."},{"role":"assistant","content":"3"}]}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"Add"}]},{"role":"assistant","content":"3","tool_calls":[{"type":"function","function":{"name":"add","arguments":{"a":1}}}]},{"role":"tool","content":"3"},{"role":"assistant","content":"It is 3."}],"tools":[{"type":"function","function":{"name":"add"}}]}""",
        """{"conversations":[{"from":"human","value":"Add 1 and 2."},{"from":"gpt","value":"3"}]}""",
        """{"question":"Add 1 and 2.","answer":"3"}""",
        """{"input_ids":[1,2,3,4],"labels":[-100,-100,3,4]}""",
    ];

    /// <summary>The targets.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FileTarget("data-json", "data.json", static () => [.. s_records.Select(static record => Encoding.UTF8.GetBytes($"[{record},\n{record}]"))], s_json.Mutate, ReadData),
        new FileTarget("data-jsonl", "data.jsonl", static () => [.. s_records.Select(static record => Encoding.UTF8.GetBytes($"{record}\n{record}\n"))], MutateLines, ReadData),
        new FileTarget("data-csv", "data.csv", static () => ["instruction,input,output\nAdd 1 and 2.,,3\n\"Say \"\"a\"\", twice\",\"x\ny\",a a\n"u8.ToArray(), "prompt,completion\na,b\n"u8.ToArray()], s_table.Mutate, ReadData),
        new FileTarget("data-tsv", "data.tsv", static () => ["question\tanswer\nAdd 1 and 2.\t3\nSay a\ta\n"u8.ToArray()], s_table.Mutate, ReadData),
        new FileTarget("data-parquet", "data.parquet", ParquetSeeds, BinaryMutation.Mutate, ReadData),
        new FileTarget("data-arrow", "data.arrow", static () => [Arrow(isFile: true), Arrow(isFile: false)], BinaryMutation.Mutate, ReadData),
    ];

    /// <summary>Reads a dataset to its end.</summary>
    internal static Verdict ReadData(string path)
    {
        Dataset.Load(path);
        return Verdict.Read;
    }

    /// <summary>Changes one line, or the order of lines.</summary>
    internal static byte[] MutateLines(byte[] file, Random random) => MutateLines(file, random, s_json);

    /// <summary>Changes one line with a mutation of JSON.</summary>
    internal static byte[] MutateLines(byte[] file, Random random, JsonMutation mutation)
    {
        var lines = Encoding.UTF8.GetString(file).TrimEnd('\n').Split('\n').ToList();
        var at = random.Next(lines.Count);
        lines[at] = Encoding.UTF8.GetString(mutation.Mutate(Encoding.UTF8.GetBytes(lines[at]), random));
        if (random.Next(10) == 0)
            lines.Insert(at, lines[random.Next(lines.Count)]);
        return Encoding.UTF8.GetBytes(string.Join(random.Of<string>(["\n", "\n", "\n", "\r\n", "\n\n"]), lines) + (random.Next(5) == 0 ? "" : "\n"));
    }

    private static byte[][] ParquetSeeds()
    {
        string?[][] rows = [.. Enumerable.Range(0, 6).Select(static row => new[] { $"Add {row} and 2.", row % 3 == 0 ? null : "x", $"{row + 2}" })];
        return [.. new[] { CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Gzip, CompressionMethod.Zstd }
            .Select(compression => ParquetMaker.Make(["instruction", "input", "output"], rows, groups: 4, compression))];
    }

    private static byte[] Arrow(bool isFile)
    {
        var texts = new StringArray.Builder().Append("Add 1 and 2.").Append("Say a").AppendNull().Build();
        var numbers = new Int32Array.Builder().Append(1).Append(2).Append(3).Build();
        var batch = new RecordBatch.Builder().Append("instruction", nullable: true, texts).Append("output", nullable: true, texts).Append("index", nullable: false, numbers).Build();
        using var stream = new MemoryStream();
        using (var writer = isFile ? new ArrowFileWriter(stream, batch.Schema, leaveOpen: true) : new ArrowStreamWriter(stream, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch.Slice(0, 2));
            writer.WriteEnd();
        }

        return stream.ToArray();
    }
}
