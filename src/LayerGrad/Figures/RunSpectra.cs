
using LayerGrad.Runs;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Figures;

/// <summary>Mean spectra of runs that were measured with their singular values.</summary>
internal static class RunSpectra
{
    /// <summary>Points of a line: more cannot be told apart at any printed size.</summary>
    private const int MostPoints = 200;

    public static Figure Create(FigureRequest request)
    {
        var rows = Enumerable.Range(0, request.Runs.Count).Select(run => Row(request, run)).ToArray();
        var style = request.Style with { Note = "Mean over examples; a singular value beyond an example's rank counts as zero." };
        return LineFigure.OfSpectra(rows, style);
    }

    private static SpectraPanel[] Row(FigureRequest request, int run)
    {
        var path = request.Runs[run];
        using var reader = new RunReader(path, new RunReaderOptions { Spectra = true, SkipBad = request.SkipBad });
        WeightGrid? layout = null;
        SpectrumMean[] means = [];
        var examples = 0;
        while (reader.Read())
        {
            if (reader.Current.Step != request.Step)
                continue;
            layout ??= WeightGrid.Of(reader.Weights, path);
            if (means.Length == 0)
                means = [.. layout.Weights.Select(_ => new SpectrumMean())];
            for (var i = 0; i < means.Length; i++)
                means[i].Add(reader.Current.Spectrum(layout.Weights[i]).Span);
            examples++;
        }

        if (layout is null)
            throw new InputException($"{path}: holds no example{(request.Step is null ? "" : " of that step")}; there is nothing to draw");
        if (means.All(mean => mean.IsEmpty))
            throw new InputException($"{path}: holds no singular values ({RunKeys.SingularValues}); measure it with --spectra");
        return [.. RunFigures.Chosen(request, layout.Projections, path).Select(projection => new SpectraPanel(
            $"{RunFigures.Label(request, run)}, {layout.Projections[projection]}", RunFigures.Detail(RunFigures.Count(examples), path),
            [.. Enumerable.Range(0, layout.Layers.Length).Select(layer => means[(projection * layout.Layers.Length) + layer].Mean())]))];
    }

    /// <summary>
    /// The running mean of each singular value. What an example does not have is zero and counts as such, so that means fall
    /// with their index as singular values do, and add up to the mean nuclear norm.
    /// </summary>
    private sealed class SpectrumMean
    {
        private readonly List<double> _sums = [];
        private int _examples;

        public bool IsEmpty => _sums.Count == 0;

        public void Add(ReadOnlySpan<double> spectrum)
        {
            if (spectrum.ContainsAnyExceptInRange(0, double.MaxValue))
                return; // an example with a NaN counts nowhere in this projection's layer, as elsewhere
            _examples++;
            while (_sums.Count < spectrum.Length)
                _sums.Add(0);
            for (var i = 0; i < spectrum.Length; i++)
                _sums[i] += spectrum[i];
        }

        public SpectrumPoint[] Mean()
        {
            var length = _sums.FindLastIndex(sum => sum > 0) + 1;
            var every = Math.Max(1, (length + MostPoints - 1) / MostPoints);
            return [.. Enumerable.Range(0, length).Where(i => i % every == 0 || i == length - 1).Select(i => new SpectrumPoint(i + 1, _sums[i] / _examples))];
        }
    }
}
