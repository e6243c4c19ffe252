using System.Diagnostics;
using System.Globalization;
using LayerGrad.Bench.Headline;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Bench;

/// <summary>
/// Steps of training a small llama against the multiply limit: 6 · P · T operations for P parameters and T tokens (forward 2,
/// the gradients of inputs and of weights 2 each) at the rate of our own sgemm in the same process.
/// </summary>
internal static class TrainingTable
{
    private const int Examples = 16;
    private const int Tokens = 128;

    /// <summary>Prints the table in Markdown. Arguments: threads (all by default) and how many steps (40).</summary>
    public static void Print(ReadOnlySpan<string> arguments)
    {
        var threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        var steps = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 40;
        var shape = ModelShape.All["small"];
        var specification = shape.Describe();
        var parameters = specification.Parameters.ToList();
        using var device = new TimedDevice<float>(new CpuDevice<float>(threads));
        var rates = Rates(device, shape);
        var plan = MemoryPlan.Create(
            new MemorySizes<float>(specification, Tokens, new CpuSizes(sizeof(float), threads), GradientAccumulators<float>.Planned(parameters), residentEmbedding: true), SystemMemory.Default);
        using var trainer = new Trainer<float>(device, specification, new SyntheticWeights(), parameters, new OptimizerOptions { LearningRate = 1e-3 }, clip: 1, plan);
        var ids = SyntheticWeights.Tokens(Examples * Tokens, specification.VocabularySize);
        var batch = ids.Chunk(Tokens).Select(example => new PackedSequence(example, 1)).ToList();
        var times = new List<(double Seconds, double Processor)>();
        for (var step = 1; step <= steps + 2; step++)
        {
            // The first two make room and compile.
            if (step == 3)
                device.Reset();
            var (before, start) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            if (!trainer.Step(batch, step, 1).IsFinite)
                throw new InvalidOperationException("the loss is not finite");
            if (step > 2)
                times.Add((Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds));
        }

        // The rate once more, and the better of the two: a limit that other programs slowed would flatter us.
        var again = Rates(device, shape);
        var (square, these, alone) = (Math.Max(rates.Square, again.Square), Math.Max(rates.These, again.These), Math.Max(rates.Alone, again.Alone));
        var operations = 6.0 * parameters.Sum(parameter => parameter.Count) * Examples * Tokens;
        var (median, best) = (times.Select(time => time.Seconds).Order().ElementAt(steps / 2), times.Min(time => time.Seconds));
        var processor = times.Select(time => time.Processor).Order().ElementAt(steps / 2);
        Console.WriteLine($"{MachineDescription.Text()}, {threads} threads");
        Console.WriteLine(Format($"{shape.Name}: {parameters.Sum(parameter => parameter.Count) / 1e6:0.00} million parameters, {Examples} examples of {Tokens} tokens a step, AdamW, gradients clipped"));
        Console.WriteLine("| sgemm, square / these shapes | step: best, median | tokens/s | multiply limit | **limit ÷ best** | limit ÷ median | processor time: sgemm, step | **limit ÷ processor time** |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var limit = operations / square;
        Console.WriteLine(Format($"| {square / 1e9:0} / {these / 1e9:0} GFlop/s | {best * 1000:0.0} ms, {median * 1000:0.0} ms | {Examples * Tokens / best:0} | {limit * 1000:0.0} ms | **{100 * limit / best:0} %** | {100 * limit / median:0} % | {alone / 1e9:0} GFlop/s a thread, {processor * 1000:0.0} ms | **{100 * operations / alone / processor:0} %** |"));
        Console.WriteLine(string.Join(", ", device.Seconds.OrderByDescending(phase => phase.Value).Select(phase => Format($"{phase.Key} {phase.Value / steps * 1000:0.0} ms"))));
    }

    private static (double Square, double These, double Alone) Rates(Device<float> device, ModelShape shape) =>
        (MultiplyRate.Square(device).Seconds, MultiplyRate.Measure(device, shape, Examples * Tokens).Seconds, MultiplyRate.Square(device).Processor);

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
