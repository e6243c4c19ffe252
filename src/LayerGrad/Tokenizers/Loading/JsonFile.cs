using System.Text.Json;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads JSON files; whatever is wrong with one is the user's to mend.</summary>
internal static class JsonFile
{
    /// <summary>Parses a file that holds an object.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It cannot be read, is not JSON (with line and column), or holds something else.</exception>
    public static JsonDocument Parse(string path)
    {
        JsonDocument document;
        try
        {
            using var stream = File.OpenRead(path);
            document = JsonDocument.Parse(stream);
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}:{error.LineNumber + 1}:{error.BytePositionInLine + 1}: not valid JSON; fetch the file again", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: {error.Message}", error);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        document.Dispose();
        throw new InputException($"{path}: must hold a JSON object");
    }
}
