using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training.Optimizers;

/// <summary>An optimiser and its settings.</summary>
internal sealed record OptimizerOptions
{
    /// <summary><c>adamw</c> or <c>sgd</c>.</summary>
    public string Name { get; init; } = "adamw";

    /// <summary>The highest learning rate of the schedule.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How much of AdamW's first moment stays at a step.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of AdamW's second moment stays at a step.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>What AdamW adds to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay on every trained parameter: decoupled in AdamW, added to the gradient in SGD.</summary>
    public double WeightDecay { get; init; }

    /// <summary>How much of SGD's velocity stays at a step; 0 for none.</summary>
    public double Momentum { get; init; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="InputException">A setting is out of its range.</exception>
    internal void Validate()
    {
        if (Name is not ("adamw" or "sgd"))
            throw new InputException($"--optimizer {Name}: no such optimiser; there are adamw and sgd");
        Require(LearningRate > 0, "--lr", LearningRate, "above 0");
        Require(Beta1 is >= 0 and < 1, "--beta1", Beta1, "from 0 to below 1");
        Require(Beta2 is >= 0 and < 1, "--beta2", Beta2, "from 0 to below 1");
        Require(Epsilon >= 0, "--epsilon", Epsilon, "0 or more");
        Require(WeightDecay >= 0, "--weight-decay", WeightDecay, "0 or more");
        Require(Momentum is >= 0 and < 1, "--momentum", Momentum, "from 0 to below 1");
    }

    /// <summary>Makes the optimiser.</summary>
    /// <typeparam name="T">The element type, float or double.</typeparam>
    internal Optimizer<T> Create<T>(Device<T> device, IEnumerable<ParameterSpecification> trained)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Name == "sgd" ? new Sgd<T>(device, trained, this) : new AdamW<T>(device, trained, this);

    private static void Require(bool holds, string option, double value, string range)
    {
        if (!holds || !double.IsFinite(value))
            throw new InputException(FormattableString.Invariant($"{option} {value}: give a number {range}"));
    }
}
