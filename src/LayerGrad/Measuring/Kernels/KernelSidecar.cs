using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Runs;
using LayerGrad.Compute;
using TokenizerRulesName = LayerGrad.Tokenizers.TokenizerRulesName;

namespace LayerGrad.Measuring.Kernels;

/// <summary><c>KERNEL.json</c>: what the axes of <c>KERNEL.npy</c> are, and how it was computed.</summary>
internal static class KernelSidecar
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(
        KernelOptions options, MeasureInputs inputs, KernelExamples examples, IReadOnlyList<int> shape, IReadOnlyList<string> names, IReadOnlyList<KernelAlignment> alignments)
    {
        try
        {
            using var file = new FileStream(options.Sidecar, FileMode.CreateNew, FileAccess.Write);
            using var writer = new Utf8JsonWriter(file, s_options);
            writer.WriteStartObject();
            WriteSources(writer, options, inputs);
            WriteAxes(writer, options, examples, shape, names);
            writer.WriteStartArray("skipped");
            foreach (var skip in examples.Skipped)
            {
                writer.WriteStartObject();
                writer.WriteString("file", skip.File);
                writer.WriteNumber("index", skip.Index);
                writer.WriteString("reason", skip.Reason);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (options.Test is not null)
                WriteAlignments(writer, alignments);
            writer.WriteEndObject();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{options.Sidecar}: cannot be written: {FileFailure.Reason(error)}.", error);
        }
    }

    private static void WriteSources(Utf8JsonWriter writer, KernelOptions options, MeasureInputs inputs)
    {
        var run = inputs.Identity;
        writer.WriteString("layergrad", run.Version);
        writer.WriteStartObject("model");
        writer.WriteString("path", run.ModelPath);
        writer.WriteString("hash", run.ModelHash);
        writer.WriteString("family", run.Family);
        writer.WriteEndObject();
        writer.WriteStartObject("data");
        writer.WriteString("path", run.DataPath);
        writer.WriteString("hash", run.DataHash);
        writer.WriteEndObject();
        if (options.Test is { } test)
        {
            writer.WriteStartObject("test");
            writer.WriteString("path", test);
            writer.WriteString("hash", Examples.Dataset.Hash(test));
            writer.WriteEndObject();
        }

        writer.WriteStartObject("options");
        writer.WriteString("protocol", RunMetadata.NameOf(run.Protocol));
        writer.WriteBoolean("chat", run.Chat);
        RunMetadataJson.WriteTemplate(writer, run);
        writer.WriteNumber("max_length", run.MaxLength);
        writer.WriteString("tokenizer_rules", TokenizerRulesName.Of(run.TokenizerRules));
        writer.WriteString("weights", run.WeightSelection);
        writer.WriteString("precision", run.Precision.NameOf());
        writer.WriteString("by", NameOf(options.By));
        writer.WriteBoolean("normalize", options.Normalize);
        writer.WriteEndObject();
    }

    private static void WriteAxes(Utf8JsonWriter writer, KernelOptions options, KernelExamples examples, IReadOnlyList<int> shape, IReadOnlyList<string> names)
    {
        writer.WriteString("dtype", "float64");
        writer.WriteStartArray("shape");
        foreach (var size in shape)
            writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray("axes");
        if (options.By != KernelBy.Sum)
            writer.WriteStringValue(NameOf(options.By));
        writer.WriteStringValue("example");
        writer.WriteStringValue("example");
        writer.WriteEndArray();
        if (options.By != KernelBy.Sum)
        {
            writer.WriteStartArray(NameOf(options.By));
            foreach (var name in names)
                writer.WriteStringValue(name);
            writer.WriteEndArray();
        }

        writer.WriteStartArray("example");
        foreach (var number in examples.Numbers)
        {
            writer.WriteStartObject();
            writer.WriteString("set", examples.IsTest(number) ? "test" : "data");
            writer.WriteNumber("index", examples.Encoded[number].Example.Index);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteAlignments(Utf8JsonWriter writer, IReadOnlyList<KernelAlignment> alignments)
    {
        writer.WriteStartArray("alignment");
        foreach (var alignment in alignments)
        {
            writer.WriteStartObject();
            writer.WriteNumber("index", alignment.Example.Index);
            if (double.IsFinite(alignment.Cosine))
                writer.WriteNumber("cosine", alignment.Cosine);
            else
                writer.WriteNull("cosine");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string NameOf(KernelBy by) => by switch { KernelBy.Weight => "weight", KernelBy.Layer => "layer", _ => "sum" };
}
