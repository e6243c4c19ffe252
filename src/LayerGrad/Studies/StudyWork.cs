using LayerGrad.Analysis;
using LayerGrad.Measuring.Engines;
using LayerGrad.Studies.Datasets;
using LayerGrad.Studies.Plan;
using LayerGrad.Studies.Products;
using LayerGrad.Studies.Slurm;

namespace LayerGrad.Studies;

/// <summary>What can be done with a study: prepare it, work on all or a part of it, and make its results.</summary>
internal static class StudyWork
{
    /// <summary>Makes or fetches the data that is missing, and fixes the plan that all processes share.</summary>
    /// <param name="study">The study.</param>
    /// <param name="processes">How many processes will share this machine's memory.</param>
    /// <param name="observer">Is told what is made.</param>
    /// <param name="cancel">Ends the work.</param>
    public static async Task<StudyPlan> PrepareAsync(Study study, int processes, IStudyObserver observer, CancellationToken cancel)
    {
        await StudyData.MakeAsync(study, observer, cancel).ConfigureAwait(false);
        return StudyPlan.Fix(study, processes);
    }

    /// <summary>Works through everything that is not done, in this process.</summary>
    /// <param name="study">The study, prepared.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="threads">Processor threads; null for what the study says.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancel">Ends the work after the line that is being written.</param>
    /// <returns>How many units failed.</returns>
    public static int RunAll(Study study, StudyPlan plan, int? threads, IStudyObserver observer, CancellationToken cancel)
    {
        using var measurer = new ModelMeasurer(Measurers.Create);
        return new StudyRunner(study, plan, threads, observer, measurer).RunAll(cancel);
    }

    /// <summary>Works on one task of a submitted study.</summary>
    /// <returns>Whether it succeeded.</returns>
    /// <inheritdoc cref="RunAll"/>
    public static bool RunTask(Study study, int task, int? threads, IStudyObserver observer, CancellationToken cancel)
    {
        var unit = SlurmCluster.UnitOf(study, task);
        var plan = StudyPlan.Find(study) ?? throw new InputException($"{StudyPlan.PathOf(study)} is missing; submit the study again.");
        using var measurer = new ModelMeasurer(Measurers.Create);
        return new StudyRunner(study, plan, threads, observer, measurer).RunOne(unit, cancel);
    }

    /// <summary>Merges what is complete and writes tables, figures and reports of it.</summary>
    /// <param name="study">The study.</param>
    /// <param name="plainText">Writes a comparison as plain text.</param>
    /// <param name="observer">Is told what is written.</param>
    /// <param name="cancel">Ends the work between two files.</param>
    /// <returns>The cells that are not complete.</returns>
    public static IReadOnlyList<CellStatus> Finish(Study study, Func<ComparisonResult, string> plainText, IStudyObserver observer, CancellationToken cancel)
    {
        foreach (var cell in study.Cells)
            StudyMerge.MergeIfMeasured(study, cell, observer);
        new StudyProducts(study, plainText, observer).Write(cancel);
        return [.. StudyStatus.Read(study).Where(cell => cell.State != CellState.Done)];
    }
}
