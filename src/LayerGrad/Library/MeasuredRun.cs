using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;

namespace LayerGrad;

/// <summary>Reads run files: those that <c>layergrad measure</c> writes, and those that the authors of Layer_Gradient released.</summary>
public static class MeasuredRun
{
    /// <summary>Reads a run, each example as it is asked for, in memory that does not grow with the file.</summary>
    /// <param name="path"><c>RUN.jsonl</c>.</param>
    /// <param name="spectra">Whether the singular values of each gradient are read too, where the run has them.</param>
    /// <exception cref="InputException">There is no such file, or, when it is come to, a line that is no example.</exception>
    public static IEnumerable<MeasuredExample> Read(string path, bool spectra = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such file.");
        return Enumerate();

        IEnumerable<MeasuredExample> Enumerate()
        {
            using var reader = new RunReader(path, new RunReaderOptions { Spectra = spectra });
            while (reader.Read())
                yield return Copy(reader);
        }
    }

    /// <summary>The examples that a run could not measure, and why; none where nothing is said of any.</summary>
    /// <param name="path"><c>RUN.jsonl</c>.</param>
    /// <exception cref="InputException">What is said of them cannot be read.</exception>
    public static IReadOnlyList<(int Index, string Reason)> Skipped(string path) =>
        [.. Runs.Lines.SkippedLine.ReadAll(new RunPaths(path).Skipped).Select(example => (example.Index, example.Reason))];

    /// <summary>The reader fills the same object for each line.</summary>
    private static MeasuredExample Copy(RunReader reader)
    {
        var line = reader.Current;
        var gradients = new MeasuredGradient[reader.Weights.Count];
        for (var i = 0; i < gradients.Length; i++)
        {
            var values = new double[Statistic.All.Count];
            foreach (var statistic in Statistic.All)
                values[statistic.Position] = line[i, statistic];
            gradients[i] = new MeasuredGradient(reader.Weights[i], values, line.Spectrum(i).ToArray(), line.Unresolved(i));
        }

        return new MeasuredExample(line.Index, line.Loss, gradients) { Tokens = line.TotalTokens, ResponseTokens = line.ResponseTokens, Step = line.Step };
    }
}
