namespace LayerGrad.Training;

/// <summary>What a step of training came by.</summary>
/// <param name="Losses">Each example's loss before the step: mean cross-entropy in nats.</param>
/// <param name="GradientNorm">The norm of the gradient of their mean, before it was clipped.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
internal sealed record StepResult(double[] Losses, double GradientNorm, double LearningRate)
{
    /// <summary>The mean loss.</summary>
    public double Loss => Losses.Average();

    /// <summary>Whether every loss and the gradient are finite; where not, the weights were left as they were.</summary>
    public bool IsFinite => double.IsFinite(GradientNorm) && Array.TrueForAll(Losses, double.IsFinite);
}
