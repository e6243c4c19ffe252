using LayerGrad.Measuring;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies;

/// <summary>Is told how a study goes on.</summary>
internal interface IStudyObserver
{
    /// <summary>A unit begins.</summary>
    /// <returns>Who is told how its run goes on; null for nobody.</returns>
    IMeasureObserver? Begins(StudyUnit unit);

    /// <summary>A unit is complete.</summary>
    void Completed(StudyUnit unit, MeasureSummary summary);

    /// <summary>A unit failed; the study goes on with the others.</summary>
    void Failed(StudyUnit unit, string error);

    /// <summary>Something worth a line: data made, shards merged, a table written.</summary>
    void Note(string line);
}
