using System.Globalization;
using System.Text;
using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Examples;

/// <summary>
/// Reads instruction datasets: a JSON array of records, or records one after another (JSON Lines). The form is
/// told by the content, not by the file's name. A record is one of
/// <c>{"instruction", "input"?, "output"}</c> (Alpaca), <c>{"prompt", "completion"}</c>, and
/// <c>{"messages": [{"role", "content"}, ...]}</c>; other keys are ignored, and what stands in them (Python's <c>NaN</c>
/// among it) does not matter.
/// </summary>
public static class Dataset
{
    private static readonly JsonReaderOptions s_lines = new() { AllowMultipleValues = true, MaxDepth = ForeignJson.MaxDepth };

    /// <summary>Reads every example of a file, in its order.</summary>
    /// <param name="path">A file in UTF-8, with or without a byte order mark.</param>
    /// <returns>The examples; at least one. Text is as in the file: nothing is trimmed or normalised.</returns>
    /// <exception cref="InputException">
    /// There is no such file, it is not JSON (with line and column, from 1), it has no records, or a record is not an
    /// example (with its position, from 0).
    /// </exception>
    public static IReadOnlyList<Example> Load(string path)
    {
        var bytes = ReadBytes(path);
        PythonNumbers.Quote(bytes);
        ReadOnlySpan<byte> text = bytes;
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        var reader = new Utf8JsonReader(text, s_lines);
        var examples = new List<Example>();
        try
        {
            if (!reader.Read())
                throw new InputException($"{path}: the file is empty; it should hold records with instruction and output.");
            if (reader.TokenType == JsonTokenType.StartArray)
                ReadArray(ref reader, path, examples);
            else
                ReadLines(ref reader, path, examples);
        }
        catch (JsonException error)
        {
            throw ForeignJson.NotJson(text, path, error);
        }

        return examples.Count > 0 ? examples : throw new InputException($"{path}: the dataset has no records.");
    }

    /// <summary>The identity of a dataset: the SHA-256 of its file's bytes.</summary>
    /// <param name="path">The file.</param>
    /// <returns><c>sha256:</c> and 64 lower-case hexadecimal digits.</returns>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static string Hash(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return "sha256:" + Convert.ToHexStringLower(Sha256.Of(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    private static InputException Unreadable(string path, Exception error)
    {
        if (Directory.Exists(path))
            return new InputException($"{path}: this is a folder; name a .json or .jsonl file in it.", error);
        return File.Exists(path)
            ? new InputException($"{path}: the dataset cannot be read ({FileFailure.Reason(error)}).", error)
            : new InputException($"{path}: no such file; --data takes a .json or .jsonl dataset.", error);
    }

    private static void ReadArray(ref Utf8JsonReader reader, string path, List<Example> examples)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            ReadRecord(ref reader, path, examples);
        if (reader.Read())
            throw new InputException($"{path}: something follows the array of {examples.Count} records; a dataset is one array, or one record a line.");
    }

    private static void ReadLines(ref Utf8JsonReader reader, string path, List<Example> examples)
    {
        do
            ReadRecord(ref reader, path, examples);
        while (reader.Read());
    }

    private static void ReadRecord(ref Utf8JsonReader reader, string path, List<Example> examples)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"{path}: record {examples.Count} (0-based)");
        examples.Add(RecordReader.Read(ForeignJson.ParseValue(ref reader, where), examples.Count));
    }
}
