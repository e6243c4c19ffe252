using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using Xunit.Abstractions;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Decoders;

/// <summary>
/// Thousands of configurations of twenty checkpoints, each key removed and changed and each kind of rotary scaling in each spelling, against
/// what transformers 5 makes of them: its losses to 1e-9 in float64, or a refusal that names what was changed.
/// </summary>
public sealed class ConfigurationReferenceTests(ITestOutputHelper output)
{
    private static readonly Lazy<ILookup<string, (int Number, JsonObject Line)>> s_lines = new(ReadLines);

    /// <summary>
    /// Lines whose third loss the reference computed without any scaling, although that example (50 tokens) is longer than the model's
    /// positions (48): Gemma 3's cache of dynamic angles is kept by layer type and still held the longer example before it. An example's
    /// angles depend on its own length alone (as they do in the reference for the other families, Gemma's 50 tokens among them), so the first
    /// two losses are compared, and the third is shown to be that of the configuration without scaling.
    /// </summary>
    private static readonly int[] s_remembered = [398, 424, 425];

    public static TheoryData<string> Checkpoints()
    {
        TheoryData<string> data = [.. Shared.Exists ? s_lines.Value.Select(group => group.Key).Order(StringComparer.Ordinal).ToArray() : []];
        if (data.Count == 0)
            data.Add("");
        return data;
    }

    [SharedTheory]
    [MemberData(nameof(Checkpoints))]
    public void A_configuration_gives_the_reference_s_losses_or_is_refused(string name)
    {
        var folder = Shared.Path(["models", .. name.Split('/')]);
        using var checkpoint = new ResidentCheckpoint(Checkpoint.Open(folder));
        var batch = Encode(checkpoint, folder);
        var all = ConfigurationCase.Of([.. s_lines.Value[name]], JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject());
        var cases = Extent.OneInFive(all).ToList();

        var verdicts = new Verdict[cases.Count];
        Parallel.For(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => verdicts[i] = Judge(checkpoint, cases[i], batch));

        string[] failures = [.. verdicts.Select(verdict => verdict.Failure).OfType<string>()];
        output.WriteLine(
            $"{name}: {cases.Count} of {all.Count} cases, {verdicts.Count(verdict => verdict.Equal)} equal, {verdicts.Count(verdict => verdict.Refusal is not null)} refused "
            + $"({cases.Zip(verdicts).Count(pair => pair.First.Must == "equal-or-refuse" && pair.Second.Refusal is not null)} of "
            + $"{cases.Count(one => one.Must == "equal-or-refuse")} that may be), {failures.Length} failures");
        foreach (var (one, verdict) in cases.Zip(verdicts).Where(pair => pair.First.Must == "equal-or-refuse" && pair.Second.Refusal is not null))
            output.WriteLine($"  {one.Name}: {verdict.Refusal}");
        failures.Length.ShouldBe(0, string.Join(Environment.NewLine, failures));
    }

    [SharedTheory]
    [MemberData(nameof(Checkpoints))]
    public void A_saved_configuration_has_no_field_that_is_told_as_unused(string name)
    {
        using var opened = Checkpoint.Open(Shared.Path(["models", .. name.Split('/')]));
        foreach (var one in ConfigurationCase.Of([.. s_lines.Value[name]], JsonNode.Parse(opened.Config.GetRawText())!.AsObject()).Where(one => one.Changed.Count == 0))
        {
            using var checkpoint = new ReconfiguredCheckpoint(opened, one.Config);
            DecoderFamilies.Describe(checkpoint).UnusedFields.ShouldBeEmpty(one.Name);
        }
    }

    private static Verdict Judge(Checkpoint checkpoint, ConfigurationCase one, PackedBatch batch)
    {
        double[] losses;
        try
        {
            losses = Losses(checkpoint, one, batch);
        }
        catch (InputException error)
        {
            var place = $"line {one.Number}, {one.Name}: refused with '{error.Message}'";
            return new Verdict(false, error.Message, one.Must == "equal" ? place
                : error.Message.Contains('\n', StringComparison.Ordinal) ? $"{place}, which is more than a line"
                : one.IsNamedIn(error.Message) ? null : $"{place}, which names neither what was changed nor a tensor");
        }
#pragma warning disable CA1031 // Whatever else is thrown is the failure that the test is to report.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new Verdict(false, null, $"line {one.Number}, {one.Name}: {error.GetType().Name}: {error.Message}");
        }

        if (s_remembered.Contains(one.Number))
            losses = [losses[0], losses[1], Losses(checkpoint, one.WithoutDynamicScaling(), batch)[2]];
        var difference = one.Must == "refuse" ? double.NaN : losses.Zip(one.Losses, (ours, theirs) => Math.Abs(ours - theirs) / Math.Abs(theirs)).Max();
        return difference <= 1e-9
            ? new Verdict(true, null, null)
            : new Verdict(false, null, $"line {one.Number}, {one.Name}: {string.Join(", ", losses)}, not {(one.Must == "refuse" ? "refused" : string.Join(", ", one.Losses))}");
    }

    private static double[] Losses(Checkpoint tensors, ConfigurationCase one, PackedBatch batch)
    {
        using var checkpoint = new ReconfiguredCheckpoint(tensors, one.Config);
        return ReferenceLosses.Of(checkpoint, batch);
    }

    /// <summary>Examples 0, 1 and 7 under the paper's protocol.</summary>
    private static PackedBatch Encode(Checkpoint checkpoint, string folder)
    {
        return ReferenceLosses.Encode(new ExampleEncoder(Tokenizer.Load(folder), new MeasurementSpecification(),
            isGemma: checkpoint.Config.GetProperty("model_type").GetString()!.StartsWith("gemma", StringComparison.Ordinal)));
    }

    private static ILookup<string, (int Number, JsonObject Line)> ReadLines() =>
        File.ReadLines(Shared.Path("reference", "configs.jsonl"))
            .Select((text, i) => (Number: i + 1, Line: JsonNode.Parse(text.Replace("NaN", "null", StringComparison.Ordinal))!.AsObject()))
            .ToLookup(line => (string)line.Line["checkpoint"]!);

    private readonly record struct Verdict(bool Equal, string? Refusal, string? Failure);
}
