using System.Text;
using LayerGrad.Json;

namespace LayerGrad.Examples;

/// <summary>JSON Lines with one object a line: <c>{"text": ...}</c>; other keys are ignored, and empty lines too.</summary>
internal static class TextFile
{
    /// <summary>The texts, read as they are asked for.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <exception cref="InputException">It cannot be read, or a line is not such an object.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using var reader = Open(path);
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                yield return ForeignJson.ParseLine(Encoding.UTF8.GetBytes(line), path, number).Text("text");
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return File.OpenText(InputFile.Require(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({FileFailure.Reason(error)})", error);
        }
    }
}
