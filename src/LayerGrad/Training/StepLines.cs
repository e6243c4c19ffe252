using LayerGrad.Json;
using LayerGrad.Runs.Lines;

namespace LayerGrad.Training;

/// <summary>Files of a training that grow with its steps: opened again, they lose what the state does not know of.</summary>
internal static class StepLines
{
    /// <summary>Opens a file for lines that have a <c>step</c>, and cuts off those of later steps.</summary>
    /// <param name="path">The file; made where it is missing.</param>
    /// <param name="last">The last step that stays; -1 to keep none.</param>
    public static AppendFile Open(string path, int last)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new AppendFile(path, File.Exists(path) ? LengthUntil(path, last) : 0);
    }

    private static long LengthUntil(string path, int last)
    {
        using var lines = new LineScanner(path);
        var length = 0L;
        while (lines.MoveNext())
        {
            if (StepOf(path, lines) > last)
                break;
            length = lines.Position;
        }

        return length;
    }

    private static int StepOf(string path, LineScanner lines) =>
        ForeignJson.ParseLine(lines.Current.Span, path, lines.LineNumber).Int("step", 0);
}
