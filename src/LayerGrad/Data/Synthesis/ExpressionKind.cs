using System.Globalization;

namespace LayerGrad.Data.Synthesis;

/// <summary>An expression of two or three operations: sums and differences, or a product first.</summary>
internal sealed class ExpressionKind : ProblemKind
{
    private static readonly string[] s_wordings = ["Compute {0}.", "What is {0}?", "Work out {0}.", "Find the value of {0}."];

    public override string Name => "expression";

    public override SyntheticProblem Create(SeededRandom random)
    {
        var derivation = new List<string>();
        var explanation = new List<string>();
        string expression;
        int value;
        if (random.Next(3) == 0)
        {
            var (left, right) = (Between(random, 2, 9), Between(random, 2, 9));
            value = left * right;
            expression = $"{left} * {right}";
            derivation.Add($"{expression} = {value}.");
            explanation.Add($"Multiplication comes first, so we multiply {left} by {right}: {expression} = {value}.");
        }
        else
        {
            value = Between(random, 2, Largest - 10);
            expression = value.ToString(CultureInfo.InvariantCulture);
        }

        var operations = derivation.Count == 0 ? Between(random, 2, 3) : Between(random, 1, 2);
        for (var i = 0; i < operations; i++)
        {
            var step = SignedStep.Draw(random, value);
            expression += $" {step.Sign} {step.Operand}";
            derivation.Add($"{step.Equation}.");
            explanation.Add($"{(explanation.Count == 0 ? "We start on the left" : "Now we go on")} and {step.Verb} {step.Operand}: {step.Equation}.");
            value = step.Result;
        }

        var question = string.Format(CultureInfo.InvariantCulture, Choose(random, s_wordings), expression);
        return new SyntheticProblem(Name, $"{Name} {expression}", question, value.ToString(CultureInfo.InvariantCulture), derivation, explanation);
    }
}
