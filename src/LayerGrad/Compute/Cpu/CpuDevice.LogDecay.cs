namespace LayerGrad.Compute.Cpu;

/// <content>
/// The logarithm of the decay of linear attention, a head a column. With s = softplus(x + b) and r = exp(a):
/// <code>
/// y = −r · s,   dx = −r · σ(x + b) · dy,   db += Σ dx,   da += Σ y · dy
/// </code>
/// In float64 throughout: there are few elements, and a state multiplies up all of them.
/// </content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override void LogDecay(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> y)
    {
        RequireSameShape(x, y);
        var (rates, offsets) = (logRate.AsMatrix(), bias.AsMatrix());
        for (var row = 0; row < x.Rows; row++)
        {
            for (var head = 0; head < x.Columns; head++)
                y.Row(row)[head] = T.CreateTruncating(-Rate(rates, head) * Softplus(Argument(x, offsets, row, head)));
        }
    }

    /// <inheritdoc />
    public override void LogDecayBackward(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dLogRate, Matrix<T>? dBias)
    {
        RequireSameShape(x, dy);
        var (rates, offsets) = (logRate.AsMatrix(), bias.AsMatrix());
        for (var head = 0; head < x.Columns; head++)
        {
            var (rate, ofRate, ofBias) = (Rate(rates, head), 0.0, 0.0);
            for (var row = 0; row < x.Rows; row++)
            {
                var (argument, gradient) = (Argument(x, offsets, row, head), double.CreateTruncating(dy.Row(row)[head]));
                var slope = -rate * gradient / (1 + Math.Exp(-argument));
                (ofRate, ofBias) = (ofRate - rate * Softplus(argument) * gradient, ofBias + slope);
                dx.Row(row)[head] = T.CreateTruncating(slope);
            }

            if (dLogRate is { } a)
                a.Row(0)[head] += T.CreateTruncating(ofRate);
            if (dBias is { } b)
                b.Row(0)[head] += T.CreateTruncating(ofBias);
        }
    }

    private static double Rate(Matrix<T> logRate, int head) => Math.Exp(double.CreateTruncating(logRate.Row(0)[head]));

    private static double Argument(Matrix<T> x, Matrix<T> bias, int row, int head) => double.CreateTruncating(x.Row(row)[head]) + double.CreateTruncating(bias.Row(0)[head]);

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
