using System.Collections.Concurrent;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Tests.Measuring;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Examples;

/// <summary>The same examples in many forms and formats are one dataset: the same records, the same run, byte for byte.</summary>
public sealed class DataFormTests : IDisposable
{
    private static readonly string s_plain = Shared.Path("data-forms", "plain.json");

    /// <summary>The plain file's runs, with and without the chat template, by the engine and by the one that stands in for it.</summary>
    private static readonly ConcurrentDictionary<(bool Chat, bool IsReal), byte[]> s_runs = [];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Forms => [.. Names()];

    /// <summary>Every form measured by the engine where all cases are asked for, otherwise one in five.</summary>
    public static IEnumerable<object[]> Measured => Extent.OneInFive(Names().SelectMany(static name => new object[][] { [name, false], [name, true] }));

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void There_are_twenty_six_files_and_a_folder() => Names().Count().ShouldBe(27);

    [SharedTheory]
    [MemberData(nameof(Forms))]
    public void The_records_are_the_same(string name)
    {
        var (plain, other) = (Load(s_plain), Load(Path(name)));
        other.Examples.Count.ShouldBe(14);
        other.Identity.ShouldBe(plain.Identity);
        other.Examples.Select(example => (example.InstructionWithInput, example.PromptWithoutTemplate, example.Output))
            .ShouldBe(plain.Examples.Select(example => (example.InstructionWithInput, example.PromptWithoutTemplate, example.Output)));
    }

    [SharedTheory]
    [MemberData(nameof(Forms))]
    public void The_run_is_that_of_the_plain_file_but_for_the_numbers_themselves(string name)
    {
        foreach (var chat in (bool[])[false, true])
        {
            Run(Path(name), chat, Fake).ShouldBe(s_runs.GetOrAdd((chat, false), _ => Run(s_plain, chat, Fake)));
        }
    }

    [SharedTheory]
    [MemberData(nameof(Measured))]
    public void The_run_is_that_of_the_plain_file(string name, bool chat) =>
        Run(Path(name), chat, Measurers.Create).ShouldBe(s_runs.GetOrAdd((chat, true), _ => Run(s_plain, chat, Measurers.Create)));

    private static IEnumerable<string> Names() => !Shared.Exists ? ["none"] :
        Directory.EnumerateFileSystemEntries(Shared.Path("data-forms")).Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static string Path(string name) => Shared.Path("data-forms", name);

    private static LoadedDataset Load(string path) => Dataset.Load(DatasetSource.OnDisk(path));

    private static FakeMeasurer Fake(LayerGrad.Models.LoadedModel model, MeasureRunOptions options, int? tokenBudget) => new(tokenBudget ?? 2048, options);

    private byte[] Run(string data, bool chat, MeasurerFactory create)
    {
        var run = _folder.At($"{Guid.NewGuid():N}.jsonl");
        var options = new MeasureRunOptions
        {
            Model = Shared.Path("models", "tiny", "llama2"),
            Data = data,
            Out = run,
            Measurement = new() { Chat = chat, Date = new DateOnly(2024, 7, 26) },
            Memory = 1L << 30,
        };
        using var inputs = MeasureInputs.Open(options);
        MeasureRun.Execute(options, inputs, create, null, CancellationToken.None);
        return File.ReadAllBytes(run);
    }
}
