using LayerGrad.Json;
using LayerGrad.Runs;
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
        using var lines = new Utf8LineReader(path, wholeLines: true);
        var length = 0L;
        while (lines.TryRead(out _))
        {
            if (StepOf(path, lines) > last)
                break;
            length = lines.Position;
        }

        return length;
    }

    private static int StepOf(string path, Utf8LineReader lines) =>
        ForeignJson.ParseLine(lines.Current.Span, path, lines.Line).Int(RunKeys.Step, 0);
}
