using System.Text.Json.Nodes;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders.Naive;

/// <summary>
/// A whole decoder written out token by token in float64, after the reference implementation's classes: no packing, no blocks, no fused operation, and its own
/// reading of the configuration. It shares nothing with LayerGrad but the values of the parameters.
/// </summary>
internal abstract class NaiveDecoder
{
    private readonly Dictionary<string, (double[] Values, int Columns)> _parameters = [];

    /// <summary>A decoder of a configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="specification">Says which parameters there are.</param>
    /// <param name="source">Has their values.</param>
    protected NaiveDecoder(JsonObject config, DecoderSpecification specification, IParameterSource<double> source)
    {
        Config = config;
        foreach (var parameter in specification.Parameters)
        {
            var values = new double[parameter.Count];
            source.Read(parameter, 0, values);
            _parameters[parameter.Name] = (values, parameter.Columns);
        }
    }

    /// <summary>The configuration of the text model.</summary>
    protected JsonObject Config { get; }

    /// <summary>The columns of the residual stream.</summary>
    protected int Hidden => Int("hidden_size");

    /// <summary>The mean loss of the response of each sequence.</summary>
    public double[] Losses(PackedBatch batch) => [.. batch.Segments.Select(segment =>
    {
        int[] ids = [.. batch.Ids.Skip(segment.Start).Take(segment.Length)];
        var logits = Logits(ids);
        var start = batch.ResponseStarts[segment.Example];
        return Enumerable.Range(start, ids.Length - start).Average(t => LogSumExp(logits[t - 1]) - logits[t - 1][ids[t]]);
    })];

    /// <summary>The logits of each token.</summary>
    protected abstract double[][] Logits(int[] ids);

    /// <summary>What stands in a field, or a default.</summary>
    protected int Int(string field, int otherwise = 0) => Config[field]?.GetValue<int>() ?? otherwise;

    /// <summary>What stands in a field, or a default.</summary>
    protected double Number(string field, double otherwise) => NumberOf(Config, field) ?? otherwise;

    /// <summary>What stands in a field, or a default.</summary>
    protected bool Flag(string field, bool otherwise) => Config[field]?.GetValue<bool>() ?? otherwise;

    /// <summary>What stands in a field of an object; null where nothing does.</summary>
    protected static double? NumberOf(JsonObject? settings, string field) =>
        settings?[field] is { } value ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : null;

    /// <summary>The values of a parameter.</summary>
    protected double[] Vector(string name) => _parameters[name].Values;

    /// <summary>Rows of an embedding.</summary>
    protected double[][] Rows(string name, int[] ids) => [.. ids.Select(id => _parameters[name].Values.AsSpan(id * _parameters[name].Columns, _parameters[name].Columns).ToArray())];

    /// <summary>x Wᵀ + b.</summary>
    protected double[][] Linear(string name, double[][] x)
    {
        var (weight, columns) = _parameters[$"{name}.weight"];
        var bias = _parameters.TryGetValue($"{name}.bias", out var stored) ? stored.Values : null;
        return Each(x, row => [.. Enumerable.Range(0, weight.Length / columns).Select(output =>
        {
            var sum = bias?[output] ?? 0;
            for (var i = 0; i < columns; i++)
                sum += weight[(output * columns) + i] * row[i];
            return sum;
        })]);
    }

    /// <summary>x / √(mean(x²) + ε) · w.</summary>
    protected double[] Rms(double[] x, string? weight, double epsilon, bool addsOne = false)
    {
        var scale = 1 / Math.Sqrt((x.Sum(value => value * value) / x.Length) + epsilon);
        var w = weight is null ? null : Vector($"{weight}.weight");
        return [.. x.Select((value, i) => value * scale * (w is null ? 1 : addsOne ? 1 + w[i] : w[i]))];
    }

    /// <summary>down(act(gate(x)) · up(x)).</summary>
    protected double[][] Mlp(string name, double[][] x, Func<double, double> activation) =>
        Linear($"{name}.down_proj", Zip(Linear($"{name}.gate_proj", x), Linear($"{name}.up_proj", x), (gate, up) => activation(gate) * up));

    /// <summary>Σ over a token's experts of weight · expert(x).</summary>
    protected double[][] Experts(string name, double[][] x, Func<int, IEnumerable<(int Expert, double Weight)>> routes, Func<double, double> activation) =>
        [.. x.Select((row, t) => routes(t).Select(route => Times(Mlp($"{name}.experts.{route.Expert}", [row], activation)[0], route.Weight)).Aggregate(Plus))];

    /// <summary>Causal softmax attention of one head; a sink has a score and no value.</summary>
    protected static double[][] Attend(double[][] query, double[][] key, double[][] value, double scale, int? window = null, double sink = double.NegativeInfinity) =>
        [.. query.Select((q, t) =>
        {
            var first = window is { } width ? Math.Max(0, t - width + 1) : 0;
            var weights = Softmax([.. Enumerable.Range(first, t - first + 1).Select(j => scale * Dot(q, key[j])), sink]);
            return value[first..(t + 1)].Zip(weights, static (row, weight) => Times(row, weight)).Aggregate(Plus);
        })];

    /// <summary>Turns pairs of columns by position · frequency: columns 2i and 2i + 1, or i and i + half.</summary>
    protected static double[] Turn(double[] x, int position, double[] frequencies, double magnitude, bool pairs)
    {
        var turned = (double[])x.Clone();
        for (var i = 0; i < frequencies.Length; i++)
        {
            var (a, b) = pairs ? (2 * i, (2 * i) + 1) : (i, i + frequencies.Length);
            var (sine, cosine) = Math.SinCos(position * frequencies[i]);
            (turned[a], turned[b]) = (magnitude * ((x[a] * cosine) - (x[b] * sine)), magnitude * ((x[b] * cosine) + (x[a] * sine)));
        }

        return turned;
    }

    /// <summary>A part of every head, a head after another.</summary>
    protected static double[] Part(double[] x, int start, int count) => x.AsSpan(start, count).ToArray();

    /// <summary>The heads' outputs side by side.</summary>
    protected static double[][] Join(IReadOnlyList<double[][]> heads) => [.. heads[0].Select((_, t) => heads.SelectMany(head => head[t]).ToArray())];

    /// <summary>The same of each token.</summary>
    protected static double[][] Each(double[][] x, Func<double[], double[]> change) => [.. x.Select(change)];

    /// <summary>Number by number.</summary>
    protected static double[][] Zip(double[][] a, double[][] b, Func<double, double, double> of) => [.. a.Zip(b, (x, y) => x.Zip(y, of).ToArray())];

    /// <summary>a + b.</summary>
    protected static double[][] Plus(double[][] a, double[][] b) => Zip(a, b, static (x, y) => x + y);

    /// <summary>a + b.</summary>
    protected static double[] Plus(double[] a, double[] b) => [.. a.Zip(b, static (x, y) => x + y)];

    /// <summary>x · factor.</summary>
    protected static double[] Times(double[] x, double factor) => [.. x.Select(value => value * factor)];

    /// <summary>Σ aᵢ bᵢ.</summary>
    protected static double Dot(double[] a, double[] b) => a.Zip(b, static (x, y) => x * y).Sum();

    /// <summary>exp(x) / Σ exp(x).</summary>
    protected static double[] Softmax(double[] x) => [.. x.Select(value => Math.Exp(value - LogSumExp(x)))];

    /// <summary>The places of the largest values, of equal ones the first.</summary>
    protected static int[] Largest(double[] values, int count) => [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).Take(count)];

    /// <summary>1 / (1 + exp(−x)).</summary>
    protected static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>x · σ(x).</summary>
    protected static double Silu(double x) => x * Sigmoid(x);

    /// <summary>GELU by its approximation with tanh.</summary>
    protected static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private static double LogSumExp(double[] x) => x.Max() + Math.Log(x.Sum(value => Math.Exp(value - x.Max())));
}
