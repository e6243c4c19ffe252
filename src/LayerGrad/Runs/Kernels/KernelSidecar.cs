using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Runs.Measurements;
using Keys = LayerGrad.Runs.RunKeys.Kernel;
using MetadataKeys = LayerGrad.Runs.RunKeys.Metadata;
using TokenizerRulesName = LayerGrad.Tokenizers.TokenizerRulesName;

namespace LayerGrad.Runs.Kernels;

/// <summary><c>KERNEL.json</c>: what the axes of <c>KERNEL.npy</c> are, and how it was computed. <see cref="KernelAxes"/> reads it.</summary>
internal sealed record KernelSidecar
{
    /// <summary>How an example of the test set is marked.</summary>
    public const string TestSet = Keys.Test;

    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The model, the data and the measurement.</summary>
    public required RunMetadata Run { get; init; }

    /// <summary>The test set; null without one.</summary>
    public required string? Test { get; init; }

    /// <summary>The identity of the test set; null without one.</summary>
    public string? TestHash { get; init; }

    /// <summary>What the inner products are summed over.</summary>
    public required KernelBy By { get; init; }

    /// <summary>Whether cosines are written.</summary>
    public required bool Normalize { get; init; }

    /// <summary>The shape of <c>KERNEL.npy</c>.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>The names along its first axis; not written where there is one matrix.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The examples along the other axes, and whether they belong to the test set.</summary>
    public required IReadOnlyList<(Example Example, bool IsTest)> Examples { get; init; }

    /// <summary>The examples without a gradient.</summary>
    public required IReadOnlyList<KernelSkip> Skipped { get; init; }

    /// <summary>With a test set: how the examples lie to it.</summary>
    public required IReadOnlyList<KernelAlignment> Alignments { get; init; }

    /// <summary>Writes the file.</summary>
    /// <param name="path"><c>KERNEL.json</c>.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            using var writer = new Utf8JsonWriter(file, s_options);
            writer.WriteStartObject();
            WriteSources(writer);
            WriteOptions(writer);
            WriteAxes(writer);
            writer.WriteStartArray(MetadataKeys.Skipped);
            foreach (var skip in Skipped)
            {
                writer.WriteStartObject();
                writer.WriteString(Keys.File, skip.File);
                writer.WriteNumber(RunKeys.Index, skip.Index);
                writer.WriteString(RunKeys.Reason, skip.Reason);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (Test is not null)
                WriteAlignments(writer);
            writer.WriteEndObject();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written: {FileFailure.Reason(error)}.", error);
        }
    }

    private void WriteSources(Utf8JsonWriter writer)
    {
        writer.WriteString(MetadataKeys.Version, Run.Version);
        writer.WriteStartObject(MetadataKeys.Model);
        writer.WriteString(MetadataKeys.Path, Run.ModelPath);
        writer.WriteString(MetadataKeys.Hash, Run.ModelHash);
        writer.WriteString(MetadataKeys.Family, Run.Family);
        writer.WriteEndObject();
        WriteFile(writer, MetadataKeys.Data, Run.DataPath, Run.DataHash);
        if (Test is not null)
            WriteFile(writer, Keys.Test, Test, TestHash!);
    }

    private static void WriteFile(Utf8JsonWriter writer, string key, string path, string hash)
    {
        writer.WriteStartObject(key);
        writer.WriteString(MetadataKeys.Path, path);
        writer.WriteString(MetadataKeys.Hash, hash);
        writer.WriteEndObject();
    }

    private void WriteOptions(Utf8JsonWriter writer)
    {
        var measurement = Run.Measurement;
        writer.WriteStartObject(MetadataKeys.Options);
        writer.WriteString(MetadataKeys.Protocol, measurement.Protocol.NameOf());
        writer.WriteBoolean(MetadataKeys.Chat, measurement.Chat);
        RunMetadataJson.WriteTemplate(writer, measurement.Template);
        writer.WriteNumber(MetadataKeys.MaxLength, measurement.MaxLength);
        writer.WriteString(MetadataKeys.TokenizerRules, TokenizerRulesName.Of(measurement.TokenizerRules));
        writer.WriteString(MetadataKeys.Weights, measurement.WeightSelection);
        writer.WriteString(RunKeys.Precision, measurement.Precision.NameOf());
        writer.WriteString(Keys.By, By.NameOf());
        writer.WriteBoolean(Keys.Normalize, Normalize);
        writer.WriteEndObject();
    }

    private void WriteAxes(Utf8JsonWriter writer)
    {
        writer.WriteString(Keys.ElementType, "float64");
        writer.WriteStartArray(Keys.Shape);
        foreach (var size in Shape)
            writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray(Keys.Axes);
        if (By != KernelBy.Sum)
            writer.WriteStringValue(By.NameOf());
        writer.WriteStringValue(Keys.Example);
        writer.WriteStringValue(Keys.Example);
        writer.WriteEndArray();
        if (By != KernelBy.Sum)
            RunMetadataJson.WriteTexts(writer, By.NameOf(), Names);

        writer.WriteStartArray(Keys.Example);
        foreach (var (example, isTest) in Examples)
        {
            writer.WriteStartObject();
            writer.WriteString(Keys.Set, isTest ? TestSet : MetadataKeys.Data);
            writer.WriteNumber(RunKeys.Index, example.Index);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteAlignments(Utf8JsonWriter writer)
    {
        writer.WriteStartArray(Keys.Alignment);
        foreach (var alignment in Alignments)
        {
            writer.WriteStartObject();
            writer.WriteNumber(RunKeys.Index, alignment.Example.Index);
            if (double.IsFinite(alignment.Cosine))
                writer.WriteNumber(MetadataKeys.Cosine, alignment.Cosine);
            else
                writer.WriteNull(MetadataKeys.Cosine);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
