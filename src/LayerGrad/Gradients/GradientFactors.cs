namespace LayerGrad;

/// <summary>
/// The factors of one weight's loss gradient for one example: G = Δᵀ X (outputs × inputs), with X the layer's inputs and Δ the gradient of the loss at its outputs,
/// a row a token (Katz et al. 2024, arXiv 2402.12865). Tokens whose Δ is zero for certain are left out.
/// </summary>
public sealed class GradientFactors
{
    private readonly Array _input;
    private readonly Array _delta;

    /// <param name="input">X, row-major, of float or double.</param>
    /// <param name="delta">Δ, row-major, of the same.</param>
    /// <param name="inputs">The columns of X.</param>
    /// <param name="outputs">The columns of Δ.</param>
    internal GradientFactors(Array input, Array delta, int inputs, int outputs)
    {
        (_input, _delta, Inputs, Outputs) = (input, delta, inputs, outputs);
        Tokens = input.Length / inputs;
    }

    /// <summary>How many tokens reached the weight: the rows of both factors; 0 where none did, and G is then zero.</summary>
    public int Tokens { get; }

    /// <summary>The layer's inputs: columns of X and of G.</summary>
    public int Inputs { get; }

    /// <summary>The layer's outputs: columns of Δ and rows of G.</summary>
    public int Outputs { get; }

    /// <summary>A copy of X, tokens × inputs.</summary>
    public double[,] Input() => Copy(_input, Inputs);

    /// <summary>A copy of Δ, tokens × outputs, in nats a unit of output.</summary>
    public double[,] Delta() => Copy(_delta, Outputs);

    /// <summary>G itself, outputs × inputs, in nats a unit of weight: it takes far more memory than the factors.</summary>
    public double[,] Gradient()
    {
        var gradient = new double[Outputs, Inputs];
        var (input, delta) = (Input(), Delta());
        for (var token = 0; token < Tokens; token++)
        {
            for (var row = 0; row < Outputs; row++)
            {
                var factor = delta[token, row];
                for (var column = 0; column < Inputs; column++)
                    gradient[row, column] += factor * input[token, column];
            }
        }

        return gradient;
    }

    private double[,] Copy(Array values, int columns)
    {
        var copy = new double[Tokens, columns];
        for (var i = 0; i < values.Length; i++)
            copy[i / columns, i % columns] = values is float[] narrow ? narrow[i] : ((double[])values)[i];
        return copy;
    }
}
