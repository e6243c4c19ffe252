namespace LayerGrad.Training;

/// <summary>Is told how a training goes on.</summary>
internal interface ITrainingObserver
{
    /// <summary>Everything is loaded.</summary>
    void Started(TrainingPlan plan);

    /// <summary>A step is done.</summary>
    void Stepped(TrainingProgress progress);

    /// <summary>A probe was measured.</summary>
    /// <param name="step">The steps that are done.</param>
    /// <param name="run">The probe's run file.</param>
    /// <param name="loss">The mean loss of its examples in nats.</param>
    void Probed(int step, string run, double loss);

    /// <summary>A checkpoint was written.</summary>
    /// <param name="step">The steps that are done.</param>
    void Saved(int step);
}

/// <summary>What will be trained.</summary>
/// <param name="Parameters">Elements of all parameters.</param>
/// <param name="Trained">Elements of those that are trained.</param>
/// <param name="Examples">Examples of an epoch.</param>
/// <param name="Tokens">Tokens of an epoch.</param>
/// <param name="Skipped">Examples that are left out, and why.</param>
/// <param name="Done">Steps that are done already.</param>
/// <param name="Steps">All steps.</param>
/// <param name="Device">What computes.</param>
internal sealed record TrainingPlan(
    long Parameters, long Trained, int Examples, long Tokens, IReadOnlyList<(string Reason, int Examples)> Skipped, int Done, int Steps, string Device)
{
    /// <summary>What the user must know of the model's tensors and configuration; a sentence each.</summary>
    public IReadOnlyList<string> WeightNotes { get; init; } = [];

    /// <summary>What was understood of the datasets, such as <c>ShareGPT, Parquet</c>; null where that is not told.</summary>
    public string? Data { get; init; }
}

/// <summary>A step of a training.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Loss">The mean loss of its examples before it, in nats.</param>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="GradientNorm">The norm of its gradient, before it was clipped.</param>
/// <param name="Tokens">The tokens of its examples.</param>
internal sealed record TrainingProgress(int Step, double Loss, double LearningRate, double GradientNorm, int Tokens);
