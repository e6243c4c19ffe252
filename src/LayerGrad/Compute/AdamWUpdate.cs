namespace LayerGrad.Compute;

/// <summary>The settings of one step of AdamW.</summary>
/// <param name="LearningRate">The learning rate of this step.</param>
/// <param name="Beta1">How much of the first moment stays.</param>
/// <param name="Beta2">How much of the second moment stays.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">The decoupled weight decay, multiplied by the learning rate.</param>
/// <param name="Step">The number of this step, from 1.</param>
internal readonly record struct AdamWUpdate(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, int Step);
