namespace LayerGrad.Compute.Cpu;

/// <content>
/// xIELU (Huang and Schlag 2024, arXiv 2411.13010). With a = softplus(αₚ), c = β + softplus(αₙ) and m = min(x, ε):
/// <code>
/// x &gt; 0:  y = a·x² + β·x,                y' = 2a·x + β
/// x ≤ 0:  y = c·(eᵐ − 1 − x) + β·x,     y' = c·(eˣ·[x &lt; ε] − 1) + β
/// dαₚ = σ(αₚ) · Σ dy·x² [x &gt; 0],   dαₙ = σ(αₙ) · Σ dy·(eᵐ − 1 − x) [x ≤ 0]
/// </code>
/// In float64 throughout: beside β·x the differences are small.
/// </content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override void Xielu(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> y)
    {
        RequireSameShape(x, y);
        var function = XieluNumbers.Of(parameters);
        ForRows(x.Rows, x.Columns * 8L, (first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                var input = x.Row(row);
                var output = y.Row(row);
                for (var i = 0; i < input.Length; i++)
                    output[i] = T.CreateTruncating(function.Value(double.CreateTruncating(input[i])));
            }
        });
    }

    /// <inheritdoc />
    public override void XieluBackward(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dAlphaP, Matrix<T>? dAlphaN)
    {
        RequireSameShape(x, dy);
        var function = XieluNumbers.Of(parameters);

        // The parameters' gradients first: dx may overwrite x or dy.
        if (dAlphaP is not null || dAlphaN is not null)
            AddParameterGradients(x, function, dy, dAlphaP, dAlphaN);
        ForRows(x.Rows, x.Columns * 8L, (first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                var input = x.Row(row);
                var gradient = dy.Row(row);
                var result = dx.Row(row);
                for (var i = 0; i < input.Length; i++)
                    result[i] = T.CreateTruncating(function.Slope(double.CreateTruncating(input[i]))) * gradient[i];
            }
        });
    }

    /// <summary>On one thread: only training asks for it, and the sum's order must not depend on the number of threads.</summary>
    private static void AddParameterGradients(Matrix<T> x, XieluNumbers function, Matrix<T> dy, Matrix<T>? dAlphaP, Matrix<T>? dAlphaN)
    {
        var (positive, negative) = (0.0, 0.0);
        for (var row = 0; row < x.Rows; row++)
        {
            var input = x.Row(row);
            var gradient = dy.Row(row);
            for (var i = 0; i < input.Length; i++)
            {
                var value = double.CreateTruncating(input[i]);
                if (value > 0)
                    positive += value * value * double.CreateTruncating(gradient[i]);
                else
                    negative += function.Bend(value) * double.CreateTruncating(gradient[i]);
            }
        }

        if (dAlphaP is { } dp)
            dp.Row(0)[0] += T.CreateTruncating(positive * function.PositiveSlope);
        if (dAlphaN is { } dn)
            dn.Row(0)[0] += T.CreateTruncating(negative * function.NegativeSlope);
    }

    /// <summary>The function with its parameters as numbers.</summary>
    /// <param name="Positive">a.</param>
    /// <param name="Negative">c.</param>
    /// <param name="Beta">β.</param>
    /// <param name="Epsilon">ε.</param>
    /// <param name="PositiveSlope">σ(αₚ), the slope of a.</param>
    /// <param name="NegativeSlope">σ(αₙ), the slope of c.</param>
    private readonly record struct XieluNumbers(double Positive, double Negative, double Beta, double Epsilon, double PositiveSlope, double NegativeSlope)
    {
        public static XieluNumbers Of(XieluParameters<T> parameters)
        {
            var (alphaP, alphaN, beta) = (Number(parameters.AlphaP), Number(parameters.AlphaN), Number(parameters.Beta));
            return new XieluNumbers(Softplus(alphaP), beta + Softplus(alphaN), beta, Number(parameters.Epsilon), Sigmoid(alphaP), Sigmoid(alphaN));
        }

        public double Value(double x) => (x > 0 ? Positive * x * x : Negative * Bend(x)) + Beta * x;

        public double Slope(double x) => (x > 0 ? 2 * Positive * x : Negative * ((x < Epsilon ? Math.Exp(x) : 0) - 1)) + Beta;

        /// <summary>eᵐ − 1 − x.</summary>
        public double Bend(double x) => Math.Exp(Math.Min(x, Epsilon)) - 1 - x;

        private static double Number(Parameter<T> parameter) => double.CreateTruncating(parameter.AsMatrix().Row(0)[0]);

        /// <summary>As PyTorch has it, which beyond 20 is the identity.</summary>
        private static double Softplus(double x) => x > 20 ? x : Math.Log(1 + Math.Exp(x));

        private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }
}
