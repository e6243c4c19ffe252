using LayerGrad.Measuring;

namespace LayerGrad.Studies;

/// <summary>Measures one run after another; what runs of one model share stays open between them.</summary>
internal interface ICellMeasurer : IDisposable
{
    /// <summary>Measures a run, or goes on with it.</summary>
    /// <param name="options">The run.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancel">Ends the run after the line that is being written.</param>
    MeasureSummary Measure(MeasureRunOptions options, IMeasureObserver? observer, CancellationToken cancel);
}
