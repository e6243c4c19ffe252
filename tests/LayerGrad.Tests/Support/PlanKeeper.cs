using LayerGrad.Measuring;

namespace LayerGrad.Tests.Support;

/// <summary>Keeps the plan of a run.</summary>
internal sealed class PlanKeeper : IMeasureObserver
{
    /// <summary>The plan; null until the run has begun.</summary>
    public MeasurePlan? Plan { get; private set; }

    public void Started(MeasurePlan plan) => Plan = plan;

    public void Advanced(MeasureProgress progress)
    {
    }
}
