using LayerGrad.Measuring;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;
using LayerGrad.Compute;

namespace LayerGrad.Tests.Measuring;

/// <summary>The same weights from a GGUF file give the numbers that the folder gives.</summary>
public sealed class GgufReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string> Families()
    {
        var data = new TheoryData<string>();
        if (Shared.Exists)
        {
            foreach (var file in Directory.EnumerateFiles(Shared.Path("models", "gguf")).Select(Path.GetFileName).Order(StringComparer.Ordinal))
                data.Add(file!.Replace(".F32.gguf", "", StringComparison.Ordinal));
        }

        if (data.Count == 0)
            data.Add("");
        return data;
    }

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void Measured_from_gguf_the_numbers_are_those_of_the_original_script(string family)
    {
        // The converter computed this file's rotary factors for a context of 8192, where the checkpoint says 64, and does
        // not write that number down: the file is another model. Under the folder's angles its numbers are the reference's.
        var configFrom = family == "llama3.1" ? Shared.Path("models", "tiny", family) : null;
        var group = Directory.Exists(Shared.Path("reference", "tiny", family)) ? "tiny" : "more";
        var model = Shared.Path("models", "gguf", family + ".F32.gguf");
        foreach (var chat in new[] { false, true })
        {
            var measured = ReferenceRun.Measure(model, Shared.Path("reference", "examples.json"), new MeasureRunOptions
            {
                Model = model,
                Data = "examples.json",
                Out = "run.jsonl",
                Measurement = new()
                {
                    Precision = Precision.Float64,
                    Chat = chat,
                },
                Memory = 2L << 30,
            }, configFrom);
            var errors = ReferenceRun.Compare(measured, Shared.Path("reference", group, family, chat ? "chat.paper.jsonl" : "base.paper.jsonl"));
            output.WriteLine($"gguf {family} {(chat ? "chat" : "base")}: {errors}");
            errors.Worst.ShouldBeLessThan(1e-9);
        }
    }
}
