using LayerGrad.Models;
using LayerGrad.Studies.Plan;
using LayerGrad.Studies.Products;

namespace LayerGrad.Studies;

/// <summary>Works through the units of a study in this process. A unit that fails does not stop the others.</summary>
internal sealed class StudyRunner
{
    private static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(90);
    private readonly Study _study;
    private readonly StudyPlan _plan;
    private readonly int? _threads;
    private readonly IStudyObserver _observer;
    private readonly ICellMeasurer _measurer;

    internal StudyRunner(Study study, StudyPlan plan, int? threads, IStudyObserver observer, ICellMeasurer measurer)
    {
        (_study, _plan, _threads, _observer, _measurer) = (study, plan, threads, observer, measurer);
    }

    /// <summary>Works through everything that is not done, and merges what is.</summary>
    /// <param name="cancel">Ends the work after the line that is being written.</param>
    /// <returns>How many units failed.</returns>
    public int RunAll(CancellationToken cancel)
    {
        var failed = 0;
        foreach (var cell in _study.Cells)
        {
            foreach (var unit in StudyUnit.Of(_study, cell).Where(unit => !StudyStatus.IsFinished(unit)))
            {
                cancel.ThrowIfCancellationRequested();

                // Another process of this study has it: --jobs, or a second terminal.
                if (!StudyStatus.IsLocked(unit) && !TryRun(unit, yields: true, cancel))
                    failed++;
            }

            StudyMerge.MergeIfMeasured(_study, cell, _observer);
        }

        return failed;
    }

    /// <summary>Works on one unit, as a task of a job array does.</summary>
    /// <returns>Whether it succeeded.</returns>
    public bool RunOne(StudyUnit unit, CancellationToken cancel)
    {
        // A task that the scheduler starts again may meet its former self, which is being killed.
        for (var waited = TimeSpan.Zero; StudyStatus.IsLocked(unit) && waited < s_lockPatience; waited += TimeSpan.FromSeconds(1))
            cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
        cancel.ThrowIfCancellationRequested();
        return StudyStatus.IsFinished(unit) || TryRun(unit, yields: false, cancel);
    }

    /// <param name="unit">What to measure.</param>
    /// <param name="yields">Whether it is no failure that another process took the unit since it was looked at.</param>
    /// <param name="cancel">Ends the work.</param>
    private bool TryRun(StudyUnit unit, bool yields, CancellationToken cancel)
    {
        var error = StudyStatus.ErrorOf(unit);
        try
        {
            var options = _plan.OptionsOf(_study, unit, _threads);
            var model = ModelLoader.Locate(options.Model, cancel: cancel);
            var adapter = ModelLoader.LocateAdapter(options.Adapter, cancel: cancel);
            var summary = _measurer.Measure(options with { Model = model, AdapterFiles = adapter }, _observer.Begins(unit), cancel);
            if (File.Exists(error))
                File.Delete(error);
            _observer.Completed(unit, summary);
            return true;
        }
        catch (InputException) when (yields && (StudyStatus.IsLocked(unit) || StudyStatus.IsDone(unit)))
        {
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whatever one cell runs into, the others are to be measured; the file and the status say what it was.
            var message = failure is InputException ? failure.Message : failure.ToString();
            WholeFile.Write(error, message + "\n");
            _observer.Failed(unit, message);
            return false;
        }
    }
}
