using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Runs.Lines;

/// <summary>One object of a file of JSON lines. Numbers are written so that they read back exactly.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };

    /// <summary>The bytes of a line, its line feed included.</summary>
    /// <param name="write">Writes the object's members.</param>
    public static byte[] Of(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes an array of numbers; NaN stands as null.</summary>
    public static void WriteNumbers(this Utf8JsonWriter writer, ReadOnlySpan<double> values)
    {
        writer.WriteStartArray();
        foreach (var value in values)
        {
            if (double.IsNaN(value))
                writer.WriteNullValue();
            else
                writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    /// <summary>What errors call a line.</summary>
    public static string Place(string path, int number) => string.Create(CultureInfo.InvariantCulture, $"{path}:{number}");

    /// <summary>Reads one member of a line without parsing what follows it: a line with spectra is large.</summary>
    /// <param name="path">The file.</param>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="key">The member.</param>
    /// <exception cref="InputException">The line is not JSON up to there, or has no such member.</exception>
    public static JsonValue Find(string path, ReadOnlySpan<byte> line, int number, string key)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var found = !reader.ValueIsEscaped && reader.ValueTextEquals(key);
                reader.Read();
                if (found)
                    return ForeignJson.ParseValue(ref reader, Place(path, number), key);
                reader.Skip();
            }
        }
        catch (JsonException error)
        {
            throw NotOfARun(path, line, number, error);
        }

        throw Lacks(path, number, key);
    }

    /// <summary>Whether a line is an object with a member; not where it is not JSON.</summary>
    /// <param name="line">The line.</param>
    /// <param name="key">The member.</param>
    public static bool Has(ReadOnlySpan<byte> line, string key)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.ValueIsEscaped && reader.ValueTextEquals(key))
                    return true;
                reader.Read();
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return false;
    }

    /// <summary>The error for a line that is not JSON.</summary>
    public static InputException NotOfARun(string path, ReadOnlySpan<byte> line, int number, Exception error) => new(
        $"{path}:{number}: not a line of a run: {(error is JsonException fault ? JsonFault.Describe(line, fault) : "a key or a text is not valid Unicode")}; restore the file, or remove the run's files and start again.", error);

    /// <summary>The error for a line without a member that every one has.</summary>
    public static InputException Lacks(string path, int number, string key) =>
        new($"{path}:{number}: the line has no '{key}'; it was not written by layergrad measure.");
}
