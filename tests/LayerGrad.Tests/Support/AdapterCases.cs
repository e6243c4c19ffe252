using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Support;

/// <summary>The adapters that have reference values: a new one needs its folder below shared/adapters and its reference beside the others.</summary>
internal static class AdapterCases
{
    /// <summary>What was measured: the merged model, and the gradients of A and B.</summary>
    public static IReadOnlyList<string> Runs { get; } = ["merged.paper", "adapter"];

    /// <summary>The cases: adapter and run. One of empty texts where there are no reference values.</summary>
    public static TheoryData<string, string> All()
    {
        var data = new TheoryData<string, string>();
        foreach (var (adapter, run) in Cases().DefaultIfEmpty(("", "")))
            data.Add(adapter, run);
        return data;
    }

    /// <summary>The adapter's folder.</summary>
    public static string Folder(string adapter) => Shared.Path("adapters", adapter);

    /// <summary>The folder of the model that it adapts.</summary>
    public static string Base(string adapter)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(adapter), "case.json")));
        return Shared.Path(json.RootElement.GetProperty("base").GetString()!);
    }

    /// <summary>Measures a case, all of it or a sample's examples, and compares it with the reference; null where there is none.</summary>
    public static ReferenceRun.Errors? Errors(string adapter, string run, Precision precision, string device = "cpu")
    {
        if (adapter.Length == 0)
            return null;
        var measured = ReferenceRun.Measure(Base(adapter), Shared.Path("reference", "examples.json"), new MeasureRunOptions
        {
            Model = adapter,
            Adapter = Folder(adapter),
            Data = "examples.json",
            Out = "run.jsonl",
            Device = device,
            Measurement = new()
            {
                Precision = precision,
                Protocol = run == "adapter" ? Protocol.Strict : Protocol.Paper,
                Weights = run == "adapter" ? "adapter" : null,
            },
            Limit = !Extent.IsWhole ? 2 : run == "adapter" ? 4 : null,
            Memory = 2L << 30,
        });
        var errors = ReferenceRun.Compare(measured, Shared.Path("reference", "adapters", adapter, run + ".jsonl"));
        errors.Weights.ShouldBeGreaterThan(0);
        return errors;
    }

    private static IEnumerable<(string Adapter, string Run)> Cases() =>
        from folder in Directory.Exists(Shared.Path("adapters")) ? Directory.EnumerateDirectories(Shared.Path("adapters")).Order(StringComparer.Ordinal) : Enumerable.Empty<string>()
        from run in Runs
        where File.Exists(Shared.Path("reference", "adapters", Path.GetFileName(folder), run + ".jsonl"))
        select (Path.GetFileName(folder), run);
}
