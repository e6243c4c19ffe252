using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LayerGrad.Analysis.Export;
using LayerGrad.Runs;
using LayerGrad.Tests.Measuring;
using LayerGrad.Tests.Support;
using Parquet;

namespace LayerGrad.Tests.Analysis;

/// <summary>Exported tables hold every number of their runs, and tell what has none as what it is.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class ExportTests : IDisposable
{
    private const string Header = "run,index,layer,weight,projection,statistic,value,status,step";

    /// <summary>Three examples as another program writes them: NaN and infinities among the numbers, a null, and a weight that underflowed.</summary>
    private const string Odd = """
        {"instruction": "a, \"b\"", "output": "c", "loss": 1.5, "index": 0, "tokens": {"total": 5, "response": 2}, "unresolved": 1, "model.layers.0.self_attn.q_proj.weight": {"M_mean": -0.25, "S_sum": 3.5}, "model.layers.0.self_attn.k_proj.weight": {"M_mean": null, "S_sum": null, "unresolved": "underflow"}}
        {"instruction": "a", "output": "c", "loss": Infinity, "index": 2, "model.layers.0.self_attn.q_proj.weight": {"M_mean": -Infinity, "S_sum": NaN}, "model.layers.0.self_attn.k_proj.weight": {"M_mean": 0.1, "S_sum": null}}

        """;

    private readonly RunBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(".csv")]
    [InlineData(".jsonl")]
    [InlineData(".parquet")]
    public void Every_number_of_a_run_has_its_row_and_every_skipped_example_its_reason(string ending)
    {
        var summary = _bench.Run(_bench.Options());

        var rows = Rows(Export(ending, wide: false, "run.jsonl"));

        using var reader = new RunReader(At("run.jsonl"));
        var expected = new List<string>();
        while (reader.Read())
        {
            var example = reader.Current;
            expected.Add(Row(example.Index, null, "loss", example.Loss));
            expected.Add(Row(example.Index, null, "total_tokens", example.TotalTokens!.Value));
            expected.Add(Row(example.Index, null, "response_tokens", example.ResponseTokens!.Value));
            foreach (var (weight, i) in reader.Weights.Select((weight, i) => (weight, i)))
                expected.AddRange(LayerGrad.Runs.Statistics.StatisticSelection.Default.Select(statistic => Row(example.Index, weight, statistic.Key, example[i, statistic])));
        }

        rows.Where(row => row["statistic"] is not null).Select(row => string.Join('|', row.Values)).ShouldBe(expected);
        var skipped = rows.Where(row => row["statistic"] is null).ToList();
        skipped.Count.ShouldBe(summary.Skipped.Sum(skip => skip.Count));
        skipped.ShouldAllBe(row => row["value"] == null && row["layer"] == null && row["status"]!.StartsWith("skipped: the ", StringComparison.Ordinal));
        skipped.Select(row => row["index"]).ShouldContain("3");
    }

    [Fact]
    public void A_wide_table_has_a_column_for_each_statistic_and_a_row_for_each_weight()
    {
        _bench.Run(_bench.Options() with { Limit = 7 });

        var csv = Rows(Export(".csv", wide: true, "run.jsonl"));

        csv.ForEach(row => row.Keys.ShouldBe([
            "run", "index", "layer", "weight", "projection", "M_mean", "M_max", "M_min", "frobenius_norm", "S_sum", "S_max", "S_min", "effective_rank", "rank",
            "loss", "total_tokens", "response_tokens", "status", "step"]));
        csv.Count.ShouldBe(5 * FakeMeasurer.Measured.Length + 2);
        using var reader = new RunReader(At("run.jsonl"));
        reader.Read().ShouldBeTrue();
        csv[1]["S_sum"].ShouldBe(Number(reader.Current[1, LayerGrad.Runs.Statistics.Statistic.SingularSum]));
        csv[1]["projection"].ShouldBe("K");
        csv[^1]["status"].ShouldBe("skipped: the loss is not finite");
        Rows(Export(".parquet", wide: true, "run.jsonl")).Select(row => string.Join('|', row.Values)).ShouldBe(csv.Select(row => string.Join('|', row.Values)));
        Rows(Export(".jsonl", wide: true, "run.jsonl")).Select(row => string.Join('|', row.Values)).ShouldBe(csv.Select(row => string.Join('|', row.Values)));
    }

    [Theory]
    [InlineData(".csv")]
    [InlineData(".jsonl")]
    [InlineData(".parquet")]
    public void What_has_no_value_is_told_as_what_it_is(string ending)
    {
        File.WriteAllText(At("odd.jsonl"), Odd);
        File.WriteAllText(At("odd.skipped.jsonl"), """{"index": 1, "reason": "the output is empty"}""" + "\n");
        var isJson = ending == ".jsonl"; // which has no number that is not finite

        var rows = Rows(Export(ending, wide: false, "odd.jsonl"));

        string?[] Of(string index, string projection, string statistic) => rows.Single(row => row["index"] == index && (row["projection"] ?? "") == projection && row["statistic"] == statistic)
            is var row ? [row["value"], row["status"]] : [];
        Of("0", "Q", "S_sum").ShouldBe(["3.5", null]);
        Of("0", "K", "S_sum").ShouldBe([null, "underflow"]);
        Of("2", "", "loss").ShouldBe([isJson ? null : "inf", "inf"]);
        Of("2", "Q", "M_mean").ShouldBe([isJson ? null : "-inf", "-inf"]);
        Of("2", "Q", "S_sum").ShouldBe([isJson ? null : "nan", "nan"]);
        Of("2", "K", "S_sum").ShouldBe([null, "missing"]);
        rows.Count(row => row["index"] == "2" && row["statistic"] == "total_tokens").ShouldBe(0);
        rows.Single(row => row["index"] == "1").ShouldSatisfyAllConditions(row => row["value"].ShouldBeNull(), row => row["status"].ShouldBe("skipped: the output is empty"));

        var wide = Rows(Export(ending, wide: true, "odd.jsonl"));
        wide.Select(row => row["status"]).ShouldBe([null, "underflow", "M_mean -inf; S_sum nan; loss inf", "S_sum missing; loss inf", "skipped: the output is empty"]);
        wide[2]["M_mean"].ShouldBe(isJson ? null : "-inf");
    }

    [Fact]
    public void Several_runs_are_told_apart_and_their_metadata_are_beside_the_table_and_in_it()
    {
        _bench.Run(_bench.Options("a.jsonl") with { Limit = 5 });
        _bench.Run(_bench.Options("b.jsonl") with { Limit = 6 });

        var path = Export(".parquet", wide: false, "a.jsonl", "b.jsonl");

        Rows(path).Select(row => row["run"]).Distinct().ShouldBe(["a", "b"]);
        var beside = File.ReadAllText(path + ".runs.json");
        using var stream = File.OpenRead(path);
        var reader = Open(stream);
        reader.CustomMetadata["layergrad"].ShouldBe(beside);
        var runs = JsonDocument.Parse(beside).RootElement.GetProperty("runs");
        runs.GetArrayLength().ShouldBe(2);
        runs[1].GetProperty("metadata").GetProperty("data").GetProperty("end").GetInt32().ShouldBe(6);
        runs[1].GetProperty("skipped").GetInt32().ShouldBe(2);
    }

    [Fact]
    public void A_run_of_many_rows_goes_into_several_row_groups()
    {
        new SyntheticRun { Examples = 1500, Layers = 24 }.Write(At("long.jsonl"));

        var path = Export(".parquet", wide: false, "long.jsonl");

        using var stream = File.OpenRead(path);
        Open(stream).RowGroupCount.ShouldBe(3);
        Rows(path).Count.ShouldBe(1500 * (1 + 24 * 2 * 3));
    }

    [Fact]
    public void A_table_appears_whole_or_not_at_all_and_never_over_what_is_read()
    {
        _bench.Run(_bench.Options() with { Limit = 5 });
        File.WriteAllText(At("bad.jsonl"), "{\"instruction\": 1}\n");
        var before = Directory.GetFiles(_bench.Folder).Order().ToArray();

        Failing("out.csv", "run.jsonl", "bad.jsonl").ShouldContain("bad.jsonl:1:");
        Failing("run.jsonl", "run.jsonl").ShouldContain("would write over what it reads");
        Failing(Path.Combine("..", Path.GetFileName(_bench.Folder), "run.skipped.jsonl"), "run.jsonl").ShouldContain("would write over what it reads");
        Failing("table.xlsx", "run.jsonl").ShouldContain(".csv, .parquet, .jsonl");
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateSymbolicLink(At("link"), _bench.Folder);
            Failing(Path.Combine("link", "run.jsonl"), "run.jsonl").ShouldContain("would write over what it reads");
            Directory.Delete(At("link"));
        }

        Directory.GetFiles(_bench.Folder).Order().ShouldBe(before);
    }

    [Fact]
    public void Lines_that_cannot_be_read_are_told_in_the_table()
    {
        File.WriteAllText(At("odd.jsonl"), Odd + "{\"instruction\": 1}\n");

        var (status, output, _) = CommandLineRun.Of("export", At("odd.jsonl"), "--skip-bad", "--out", At("out.csv"));

        status.ShouldBe(0);
        output.ShouldContain("1 without numbers");
        Rows(At("out.csv"))[^1]["status"]!.ShouldStartWith("unreadable: line 3, column 1: has \"instruction\" that is not text");
    }

    [DuckDbFact]
    public void What_the_notebooks_page_says_of_DuckDB_runs()
    {
        _bench.Run(_bench.Options("none.jsonl"));
        _bench.Run(_bench.Options("detailed.jsonl") with { Limit = 20 });
        var page = File.ReadAllText(Path.Combine(Shared.Repository, "docs", "notebooks.md"));
        var block = page.Split("```sql\n")[1].Split("```")[0];
        block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(5);

        var results = new List<string>();
        foreach (var ending in (string[])[".parquet", ".csv", ".jsonl"])
        {
            var path = Export(ending, wide: false, "none.jsonl", "detailed.jsonl");
            results.Add(DuckDb(block.Replace("stats.parquet", path, StringComparison.Ordinal)));
        }

        var rows = JsonDocument.Parse(results[0]).RootElement.EnumerateArray().ToList();
        rows.Count.ShouldBe(2 * 4);
        using var reader = new RunReader(At("none.jsonl"));
        var (sum, examples) = (0.0, 0);
        for (; reader.Read(); examples++)
            sum += reader.Current[0, LayerGrad.Runs.Statistics.Statistic.SingularSum];
        var row = rows.Single(row => row[0].GetString() == "none" && row[1].GetString() == "Q");
        row[3].GetDouble().ShouldBe(sum / examples, 1e-9 * sum);
        // Whole numbers of CSV and JSON are 64 bits wide to DuckDB, which its client writes in quotation marks.
        results.Select(result => result.Replace("\"", "", StringComparison.Ordinal)).Distinct().ShouldHaveSingleItem();
    }

    private string At(string name) => Path.Combine(_bench.Folder, name);

    private string Export(string ending, bool wide, params string[] runs)
    {
        var path = At((wide ? "wide" : "tidy") + ending);
        RunExport.Write(new ExportOptions { Runs = [.. runs.Select(At)], Out = path, Wide = wide });
        return path;
    }

    private string Failing(string output, params string[] runs) =>
        Should.Throw<InputException>(() => RunExport.Write(new ExportOptions { Runs = [.. runs.Select(At)], Out = At(output) })).Message;

    private static string Row(int index, LayerGrad.Runs.Tables.WeightName? weight, string statistic, double value) => string.Join('|',
        "run", index.ToString(CultureInfo.InvariantCulture), weight?.Layer?.ToString(CultureInfo.InvariantCulture), weight?.Name, weight?.Projection, statistic, Number(value), "", "");

    private static string Number(double value) => double.IsNaN(value) ? "nan" : double.IsPositiveInfinity(value) ? "inf" : double.IsNegativeInfinity(value) ? "-inf" : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The rows of a table as texts, read by other code than wrote them where there is some.</summary>
    private static List<Dictionary<string, string?>> Rows(string path) => Path.GetExtension(path) switch
    {
        ".csv" => CsvRows(path),
        ".jsonl" => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.EnumerateObject().ToDictionary(
            member => member.Name,
            member => member.Value.ValueKind switch { JsonValueKind.Null => null, JsonValueKind.String => member.Value.GetString(), _ => Plain(member.Value) }))],
        _ => ParquetRows(path),
    };

    private static string Plain(JsonElement number) => number.TryGetInt32(out var integer) ? integer.ToString(CultureInfo.InvariantCulture) : Number(number.GetDouble());

    private static List<Dictionary<string, string?>> CsvRows(string path)
    {
        File.ReadAllText(path).ShouldSatisfyAllConditions(text => text.ShouldEndWith("\n"), text => text.ShouldNotContain("\r"));
        using var reader = new StreamReader(path);
        using var csv = new CsvHelper.CsvReader(reader, CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        if (Path.GetFileName(path).StartsWith("tidy", StringComparison.Ordinal))
            string.Join(',', csv.HeaderRecord!).ShouldBe(Header);
        var rows = new List<Dictionary<string, string?>>();
        while (csv.Read())
            rows.Add(csv.HeaderRecord!.ToDictionary(name => name, name => csv.GetField(name) is { Length: > 0 } text ? text : null));
        return rows;
    }

    private static ParquetReader Open(Stream stream) => ParquetReader.CreateAsync(stream).GetAwaiter().GetResult();

    private static List<Dictionary<string, string?>> ParquetRows(string path)
    {
        using var stream = File.OpenRead(path);
        var table = Open(stream);
        var fields = table.Schema.GetDataFields();
        var rows = new List<Dictionary<string, string?>>();
        for (var i = 0; i < table.RowGroupCount; i++)
        {
            using var group = table.OpenRowGroupReader(i);
            var columns = fields.Select(field => Column(group, field)).ToList();
            for (var row = 0; row < columns[0].Length; row++)
                rows.Add(fields.Select((field, at) => (field.Name, Value: columns[at][row])).ToDictionary(pair => pair.Name, pair => pair.Value));
        }

        return rows;
    }

    private static string?[] Column(ParquetRowGroupReader group, Parquet.Schema.DataField field)
    {
        var rows = (int)group.RowCount;
        if (field.ClrType == typeof(ReadOnlyMemory<char>))
        {
            var texts = new ReadOnlyMemory<char>?[rows];
            group.ReadAsync<ReadOnlyMemory<char>>(field, texts).AsTask().GetAwaiter().GetResult();
            return [.. texts.Select(text => text?.ToString())];
        }

        if (field.ClrType == typeof(int))
        {
            var integers = new int?[rows];
            group.ReadAsync<int>(field, integers).AsTask().GetAwaiter().GetResult();
            return [.. integers.Select(value => value?.ToString(CultureInfo.InvariantCulture))];
        }

        var numbers = new double?[rows];
        group.ReadAsync<double>(field, numbers).AsTask().GetAwaiter().GetResult();
        return [.. numbers.Select(value => value is { } number ? Number(number) : null)];
    }

    private static string DuckDb(string sql)
    {
        const string Program = """
            const { DuckDBInstance } = require('@duckdb/node-api');
            (async () => {
              const connection = await (await DuckDBInstance.create(':memory:')).connect();
              const result = await connection.runAndReadAll(process.argv[1]);
              console.log(JSON.stringify(result.getRowsJson()));
            })().catch(error => { console.error(String(error)); process.exit(1); });
            """;
        using var process = Process.Start(new ProcessStartInfo("node", ["-e", Program, sql])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = DuckDbFactAttribute.Folder,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, errors.Result);
        return output.Trim();
    }
}

/// <summary>A test that asks DuckDB, of the npm packages; skipped where it or Node.js is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DuckDbFactAttribute : FactAttribute
{
    /// <summary>Where the npm packages are.</summary>
    public static readonly string Folder = Path.Combine(Shared.Repository, "tests", "npm");

    public DuckDbFactAttribute()
    {
        if (Tools.Find("node") is null)
            Skip = "needs Node.js (apt install nodejs)";
        else if (!Directory.Exists(Path.Combine(Folder, "node_modules", "@duckdb", "node-api")))
            Skip = LayerGrad.Tests.Tokenizers.NpmTokenizers.Missing;
    }
}
