using System.Text.Json.Nodes;
using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Bench.Gpu;

/// <summary>How far a device's numbers lie from those of the processor in float64, and whether it gives the same bits twice.</summary>
internal static class ParityTable
{
    private static readonly int[] s_lengths = [300, 41, 40, 7];

    private static readonly Statistic[] s_statistics = [Statistic.FrobeniusNorm, Statistic.SingularSum, Statistic.SingularMax, Statistic.Max, Statistic.Min];

    /// <summary>The largest distance that counts as equal, where that is promised.</summary>
    private static readonly Dictionary<Precision, double> s_bars = new() { [Precision.Float64] = 1e-9, [Precision.Float32] = 1e-4 };

    /// <summary>Prints a line for each checkpoint and precision.</summary>
    /// <returns>Whether all are within their bars and repeat to the bit.</returns>
    public static bool Print(GpuOptions options)
    {
        var sound = true;
        var folders = Directory.Exists(options.Checkpoints) ? Directory.GetDirectories(options.Checkpoints).Order(StringComparer.Ordinal).ToList() : [];
        if (folders.Count == 0)
            throw new InputException($"--checkpoints {options.Checkpoints}: no checkpoints there; 'gpu-bench prepare DIR' writes them");
        foreach (var folder in folders)
        {
            using var model = ModelLoader.Open(folder);
            var exact = Measure(model, "cpu", Precision.Float64).Measurements;
            foreach (var precision in DeviceFactory.Resolve(options.Device).Precisions)
            {
                var (measured, device) = Measure(model, options.Device, precision);
                var repeats = Numbers(measured).SequenceEqual(Numbers(Measure(model, options.Device, precision).Measurements));
                var distances = Distances(measured, exact);
                var worst = distances.Values.Max();
                var within = double.IsFinite(worst) && worst <= s_bars.GetValueOrDefault(precision, double.PositiveInfinity);
                sound &= within && repeats;
                var row = new JsonObject { ["checkpoint"] = Path.GetFileName(folder), ["precision"] = precision.NameOf(), ["within"] = within, ["same_bits_twice"] = repeats };
                foreach (var (name, distance) in distances)
                    row[name] = ResultFile.Rounded(distance);
                new ResultFile(options, device).Add(row);
            }
        }

        return sound;
    }

    private static (IReadOnlyList<Measurement> Measurements, string Device) Measure(LoadedModel model, string device, Precision precision)
    {
        var options = new MeasureRunOptions { Model = model.Location, Data = "", Out = "", Device = device, Measurement = new MeasurementSpecification { Precision = precision, Weights = "all", MaxLength = 512 } };
        using var measurer = Measurers.Create(model, options, null);
        return (measurer.Measure([.. s_lengths.Select((length, i) => Example(i, length, model.Specification.VocabularySize))], CancellationToken.None), measurer.Device);
    }

    private static TokenizedExample Example(int number, int length, int vocabulary)
    {
        var random = new Random(number + 1);
        int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
        return new TokenizedExample(new Example(number, "", "", ""), ids, [], "", Math.Max(1, length / 2), false);
    }

    private static Dictionary<string, double> Distances(IReadOnlyList<Measurement> measured, IReadOnlyList<Measurement> exact)
    {
        var worst = new Dictionary<string, double> { ["loss"] = measured.Zip(exact, (ours, theirs) => Distance(ours.Loss, theirs.Loss)).Max() };
        foreach (var statistic in s_statistics)
        {
            worst[statistic.Key] = measured.Zip(exact).SelectMany(pair => pair.First.Weights.Zip(pair.Second.Weights))
                .Max(pair => Distance(pair.First[statistic], pair.Second[statistic]));
        }

        return worst;
    }

    /// <summary>Relative; a number that is not one is infinitely far.</summary>
    private static double Distance(double ours, double theirs)
    {
        var distance = theirs == 0 ? Math.Abs(ours) : Math.Abs(ours - theirs) / Math.Abs(theirs);
        return double.IsNaN(distance) ? double.PositiveInfinity : distance;
    }

    private static IEnumerable<long> Numbers(IReadOnlyList<Measurement> measured) =>
        measured.SelectMany(one => one.Weights.SelectMany(weight => weight.Values).Prepend(one.Loss)).Select(BitConverter.DoubleToInt64Bits);
}
