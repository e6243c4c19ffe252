using System.Text;
using System.Text.Json;

namespace LayerGrad.Json;

/// <summary>
/// Parses JSON that somebody else wrote. Every error is one line that names the file, with line and column where the text is not JSON.
/// Python's bare <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> are read; of a key that stands twice the last one counts, as in Python.
/// </summary>
internal static class ForeignJson
{
    /// <summary>The largest file that is read as JSON where a caller names no bound of its own: 512 MB.</summary>
    public const long LargestFile = 512_000_000;

    /// <summary>How deep arrays and objects may stand in one another; what is deeper is told as an error.</summary>
    public const int MaxDepth = 128;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads and parses a file.</summary>
    /// <param name="path">The file, in UTF-8, with or without a byte order mark.</param>
    /// <param name="largest">The number of bytes above which the file is refused before it is read.</param>
    /// <exception cref="InputException">It cannot be read, is too large, is a Git LFS pointer, or is not JSON.</exception>
    public static JsonValue Read(string path, long largest = LargestFile) => Parse(ReadBytes(path, largest), path);

    /// <summary>Reads a file that holds an object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largest">The number of bytes above which the file is refused before it is read.</param>
    /// <exception cref="InputException">As <see cref="Read"/>, or it holds something else than an object.</exception>
    public static JsonValue ReadObject(string path, long largest = LargestFile)
    {
        var value = Read(path, largest);
        return value.Kind == JsonValueKind.Object ? value : throw value.Wrong("an object");
    }

    /// <summary>Reads a file of LayerGrad's own format that holds an object: nobody but a mistake writes a key twice there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largest">The number of bytes above which the file is refused before it is read.</param>
    /// <exception cref="InputException">As <see cref="ReadObject"/>, or a key stands twice in an object, with different values.</exception>
    public static JsonValue ReadOwn(string path, long largest = LargestFile)
    {
        var value = ReadObject(path, largest);
        value.RefuseKeysTwice();
        return value;
    }

    /// <summary>Parses one JSON value.</summary>
    /// <param name="json">The text in UTF-8; it is not changed.</param>
    /// <param name="file">What to call it in errors: a file, or a file with a line number (<c>run.jsonl:12</c>).</param>
    /// <param name="strict">Whether a byte order mark and Python's bare words are refused, for a format that has neither.</param>
    /// <exception cref="InputException">It is not one JSON value.</exception>
    public static JsonValue Parse(ReadOnlySpan<byte> json, string file, bool strict = false)
    {
        if (!strict && json.StartsWith(Encoding.UTF8.Preamble))
            json = json[Encoding.UTF8.Preamble.Length..];
        if (json.StartsWith("version https://git-lfs.github.com/spec/"u8))
            throw new InputException($"{file}: is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'");
        if (!strict && PythonNumbers.MayHold(json))
        {
            var quoted = json.ToArray();
            PythonNumbers.Quote(quoted);
            json = quoted;
        }

        try
        {
            return new JsonValue(JsonElement.Parse(json, s_options), file, "");
        }
        catch (JsonException error)
        {
            throw NotJson(json, file, error);
        }
    }

    /// <summary>Parses one line of a file of JSON lines; errors are told at that line.</summary>
    /// <param name="json">The line in UTF-8.</param>
    /// <param name="file">The file.</param>
    /// <param name="line">The line's number, from 1.</param>
    /// <exception cref="InputException">It is not one JSON value.</exception>
    public static JsonValue ParseLine(ReadOnlySpan<byte> json, string file, int line)
    {
        var place = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file}:{line}");
        try
        {
            return Parse(json, place);
        }
        catch (InputException error) when (error.InnerException is JsonException inner)
        {
            // The parser counts lines from the line's own beginning: its ":1:" is not the file's.
            throw new InputException(place + error.Message[(place.Length + ":1".Length)..], inner);
        }
    }

    /// <summary>
    /// Parses the value at which a reader stands, one of many in a text. What is not JSON is left to the caller as a <see cref="JsonException"/>:
    /// only it has the text for <see cref="NotJson"/>.
    /// </summary>
    /// <param name="reader">A reader of text in which <see cref="PythonNumbers.Quote(Span{byte})"/> has been.</param>
    /// <param name="file">What to call the value in errors: the file, and where in it.</param>
    /// <param name="path">The keys that lead to the value.</param>
    public static JsonValue ParseValue(ref Utf8JsonReader reader, string file, string path = "") => new(JsonElement.ParseValue(ref reader), file, path);

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largest">The number of bytes above which it is refused before it is read.</param>
    public static byte[] ReadBytes(string path, long largest = LargestFile)
    {
        try
        {
            using var stream = new FileStream(InputFile.Require(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > largest)
                throw new InputException($"{path}: has {stream.Length} bytes; more than {largest} are no JSON that LayerGrad reads");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var reason = error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                : Directory.Exists(path) ? "is a folder, not a file"
                : $"cannot be read ({FileFailure.Reason(error)})";
            throw new InputException($"{path}: {reason}", error);
        }
    }

    /// <summary>The error for a text that is not JSON: the parser counts lines and bytes from 0, editors count lines and characters from 1.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">The file that it stands in.</param>
    /// <param name="error">The parser's error.</param>
    /// <param name="lines">The file's lines before the text.</param>
    /// <param name="columns">Characters before the text in its first line.</param>
    public static InputException NotJson(ReadOnlySpan<byte> json, string file, JsonException error, int lines = 0, int columns = 0)
    {
        var line = (int)(error.LineNumber ?? 0);
        var rest = JsonFault.Line(json, error);
        var bytes = Math.Min((int)(error.BytePositionInLine ?? 0), rest.Length);
        var column = Encoding.UTF8.GetString(rest[..bytes]).EnumerateRunes().Count() + 1 + (line == 0 ? columns : 0);
        return new InputException($"{file}:{lines + line + 1}:{column}: not valid JSON: {JsonFault.Describe(json, error)}", error);
    }
}
