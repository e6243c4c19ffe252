using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;
using Keys = LayerGrad.Runs.RunKeys.Kernel;
using MetadataKeys = LayerGrad.Runs.RunKeys.Metadata;
using TokenizerRulesName = LayerGrad.Tokenizers.TokenizerRulesName;

namespace LayerGrad.Runs.Kernels;

/// <summary><c>KERNEL.json</c>: what the axes of <c>KERNEL.npy</c> are, and how it was computed. <see cref="KernelAxes"/> reads it.</summary>
internal sealed record KernelSidecar
{
    /// <summary>The name of the test set.</summary>
    public const string TestSet = Keys.Test;

    /// <summary>The name of the dataset, where no other was given.</summary>
    public const string FirstSet = MetadataKeys.Data;

    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The model, the data and the measurement.</summary>
    public required RunMetadata Run { get; init; }

    /// <summary>The sets, the dataset first.</summary>
    public required IReadOnlyList<KernelSidecarSet> Sets { get; init; }

    /// <summary>Whether the second of two is a test set, with which the first is aligned.</summary>
    public required bool HasTest { get; init; }

    /// <summary>What the inner products are summed over.</summary>
    public required KernelBy By { get; init; }

    /// <summary>Whether cosines are written.</summary>
    public required bool Normalize { get; init; }

    /// <summary>The shape of <c>KERNEL.npy</c>.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>The names along its first axis; not written where there is one matrix.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The examples along the other axes, and the name of the set that each belongs to.</summary>
    public required IReadOnlyList<(Example Example, string Set)> Examples { get; init; }

    /// <summary>A number for each example, the same for examples of one prompt; written where there are several sets.</summary>
    public required IReadOnlyList<int> Questions { get; init; }

    /// <summary>The examples without a gradient.</summary>
    public required IReadOnlyList<KernelSkip> Skipped { get; init; }

    /// <summary>With a test set: how the examples lie to it.</summary>
    public required IReadOnlyList<KernelAlignment> Alignments { get; init; }

    /// <summary>The files of a kernel.</summary>
    /// <param name="kernel"><c>KERNEL.npy</c>, or one file of another kind.</param>
    public static string[] FilesOf(string kernel) => [kernel, Path.ChangeExtension(kernel, ".json")];

    /// <summary>Whether a file describes a kernel. Where the kernel is missing, it was killed between the two, and is what the same command writes again.</summary>
    public static bool IsOne(string path)
    {
        try
        {
            var root = ForeignJson.ReadObject(path);
            return root.Has(Keys.Axes) && root.Has(Keys.Example);
        }
        catch (InputException)
        {
            return false;
        }
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path"><c>KERNEL.json</c>.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(string path) => WholeFile.Write(path, Write);

    private void Write(FileStream file)
    {
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
        if (HasTest)
            WriteAlignments(writer);
        writer.WriteEndObject();
    }

    private void WriteSources(Utf8JsonWriter writer)
    {
        writer.WriteString(MetadataKeys.Version, Run.Version);
        writer.WriteStartObject(MetadataKeys.Model);
        writer.WriteString(MetadataKeys.Path, Run.ModelPath);
        writer.WriteString(MetadataKeys.Hash, Run.ModelHash);
        RunMetadataJson.WriteAdapter(writer, Run);
        writer.WriteString(MetadataKeys.Family, Run.Family);
        writer.WriteEndObject();
        writer.WriteStartObject(MetadataKeys.Data);
        WriteFile(writer, Sets[0]);
        if (HasTest)
        {
            writer.WriteStartObject(Keys.Test);
            WriteFile(writer, Sets[1]);
        }
        else if (Sets.Count > 1)
        {
            writer.WriteStartArray(Keys.Sets);
            foreach (var set in Sets)
            {
                writer.WriteStartObject();
                writer.WriteString(Keys.Set, set.Name);
                WriteFile(writer, set);
            }

            writer.WriteEndArray();
        }
    }

    private static void WriteFile(Utf8JsonWriter writer, KernelSidecarSet set)
    {
        writer.WriteString(MetadataKeys.Path, set.Path);
        writer.WriteString(MetadataKeys.Hash, set.Hash);
        writer.WriteEndObject();
    }

    private void WriteOptions(Utf8JsonWriter writer)
    {
        var measurement = Run.Measurement;
        writer.WriteStartObject(MetadataKeys.Options);
        writer.WriteString(MetadataKeys.Protocol, measurement.Protocol.NameOf());
        writer.WriteBoolean(MetadataKeys.Chat, measurement.Chat);
        RunMetadataJson.WriteTemplate(writer, measurement.Template);
        RunMetadataJson.WriteMasks(writer, measurement);
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
        foreach (var ((example, set), question) in Examples.Zip(Questions))
        {
            writer.WriteStartObject();
            writer.WriteString(Keys.Set, set);
            writer.WriteNumber(RunKeys.Index, example.Index);
            if (Sets.Count > 1)
                writer.WriteNumber(Keys.Question, question);
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
