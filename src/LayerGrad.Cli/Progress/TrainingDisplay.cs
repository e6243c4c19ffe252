using LayerGrad.Training;

namespace LayerGrad.Cli.Progress;

/// <summary>Shows a training while it goes on.</summary>
internal static class TrainingDisplay
{
    /// <summary>Runs a training: with a bar on a terminal, plain lines in a log, nothing when quiet; always on standard error.</summary>
    public static TrainingSummary Show(bool quiet, Func<ITrainingObserver?, TrainingSummary> train)
    {
        if (quiet)
            return train(null);
        return Terminal.HasBars
            ? TrainingBar.Show(TimeProvider.System, train)
            : train(new TrainingLog(Console.Error, TimeProvider.System));
    }
}
