namespace LayerGrad.Training.Optimizers;

/// <summary>
/// How the learning rate changes: from nothing to its highest over the warm-up, in equal steps, then constant or down to
/// nothing along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983).
/// </summary>
/// <param name="Kind"><c>constant</c> or <c>cosine</c>.</param>
/// <param name="Warmup">The steps of the warm-up.</param>
/// <param name="Steps">All steps of the training.</param>
internal sealed record LearningRateSchedule(string Kind, int Warmup, int Steps)
{
    /// <summary>The share of the highest learning rate at a step.</summary>
    /// <param name="step">The step, from 1.</param>
    public double Factor(int step)
    {
        if (step <= Warmup)
            return (double)step / Warmup;
        if (Kind == "constant")
            return 1;
        var progress = (double)(step - 1 - Warmup) / Math.Max(1, Steps - Warmup);
        return (1 + Math.Cos(Math.PI * progress)) / 2;
    }
}
