using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Gradients.Adapters;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Measuring.Packing;
using LayerGrad.Models;
using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Measuring.Kernels;

/// <summary>Computes a kernel: the factors of all examples first, then the inner products weight by weight.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal static class KernelEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const long MostBandBytes = 256L << 20;

    /// <summary>Computes and writes a kernel.</summary>
    public static KernelSummary Compute(
        KernelOptions options, MeasureInputs inputs, KernelExamples examples, IKernelObserver? observer, CancellationToken cancel) => Compute(
        options, inputs.Model, inputs.Identity, examples, observer,
        (weights, products) => Write(options, inputs, inputs.Model.Specification, weights, examples, products, observer, cancel), cancel);

    /// <summary>Computes a kernel for a program: weight by weight, its name and the inner products, row-major.</summary>
    public static IReadOnlyList<(string Name, double[] Products)> InMemory(KernelOptions options, LoadedModel model, KernelExamples examples, CancellationToken cancel) => Compute(
        options, model, null, examples, null, (weights, products) =>
        {
            var all = new List<(string Name, double[] Products)>(weights.Count);
            for (var weight = 0; weight < weights.Count; weight++)
            {
                cancel.ThrowIfCancellationRequested();
                all.Add((weights[weight].Name, products(weight)));
            }

            return all;
        }, cancel);

    private static TResult Compute<TResult>(
        KernelOptions options, LoadedModel model, RunMetadata? identity, KernelExamples examples, IKernelObserver? observer,
        Func<IReadOnlyList<SelectedWeight>, Func<int, double[]>, TResult> use, CancellationToken cancel)
    {
        var specification = model.Specification;
        var selected = options.Measure.Measurement.SelectWeights(specification);
        var weights = options.Measure.Measurement.SplitFused ? selected : WeightSelector.Whole(selected);
        using var device = DeviceFactory.Create<T>(options.Measure.Machine);
        var budget = options.Measure.Machine.MemoryBudget;
        var bandBytes = Math.Clamp(budget / 8, 1 << 20, MostBandBytes);
        var (memory, plan) = Plan(options, specification, weights, examples, device, budget, bandBytes, model.Parameters<T>());
        using FactorStore<T> store = plan.FactorsOnDisk ? Folder(options, plan) : new MemoryFactorStore<T>();
        observer?.Planned(plan);

        var sink = new KernelSink<T>(device, weights, store);
        using var edge = new KernelEdge<T>(model, weights, options.Measure, budget - plan.MemoryBytes, store);
        MeasureFactors(model, identity, device, memory, sink, edge, examples, observer, cancel);
        examples.Require();
        using var kernel = new GradientKernel<T>(device, store, bandBytes / Unsafe.SizeOf<T>());
        double[] Products(int weight)
        {
            using var stop = device.StopOn(cancel);
            var (input, delta) = (sink.InputOf(weight), KernelSink<T>.DeltaOf(weight));
            var products = kernel.InnerProducts(weights[weight], input, delta, examples.Numbers);
            Unscale(products, [.. examples.Numbers.Select(number => edge.Exponent(input, delta, number))]);
            return products;
        }

        return use(weights, Products);
    }

    private static DiskFactorStore<T> Folder(KernelOptions options, KernelPlan plan)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(options.Measure.Out))!;
        Directory.CreateDirectory(folder);
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < plan.FactorBytes)
            throw new InputException($"{folder}: the gradients' factors take {ByteSize.Format(plan.FactorBytes)}, and {ByteSize.Format(free)} are free; name another folder with --out, or take fewer examples or weights.");
        return new DiskFactorStore<T>(folder);
    }

    private static (MemoryPlan Memory, KernelPlan Plan) Plan(
        KernelOptions options, DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights, KernelExamples examples,
        Device<T> device, long budget, long bandBytes, IParameterSource<T> source)
    {
        long count = examples.Numbers.Count;
        var (tokens, response) = (examples.Tokens, examples.ResponseTokens);
        var layers = options.By switch { KernelBy.Weight => weights.Count, KernelBy.Layer => weights.Select(weight => LayerOf(specification, weight)).Distinct().Count(), _ => 1 };
        var factors = (long)(KernelCost.FactorElements(specification, weights, tokens, response) * Unsafe.SizeOf<T>());

        // The kernel of a weight, its sum over a layer, and that over all weights.
        var kernels = 3 * count * count * sizeof(double) + 2 * bandBytes;
        var memory = MemoryPlan.Create(
            new MemorySizes<T>(specification, options.Measure.Measurement.MaxLength, DeviceFactory.Sizes<T>(options.Measure.Machine), AdapterSink<T>.Planned(KernelSink<T>.Planned(specification, weights), specification), source: source), budget);
        var onDisk = Math.Max(memory.Bytes, kernels) + factors > budget;
        return (memory, new KernelPlan(
            examples.Numbers.Count, tokens, weights.Count,
            KernelCost.BackwardOperations(specification, memory, tokens, response),
            KernelCost.KernelOperations(specification, weights, examples.Numbers.Count, tokens, response),
            DeviceSpeed.Of(device).Usual, Math.Max(memory.Bytes, kernels) + (onDisk ? 0 : factors), factors, onDisk, layers * count * count * sizeof(double)));
    }

    private static void MeasureFactors(
        LoadedModel model, RunMetadata? identity, Device<T> device, MemoryPlan memory, KernelSink<T> sink,
        KernelEdge<T> edge, KernelExamples examples, IMeasureObserver? observer, CancellationToken cancel)
    {
        var ranges = new FactorRangeSink<T>(device, everyWeight: false);
        var (specification, source) = (model.Specification, model.Parameters<T>());
        using var factors = AdapterSink<T>.FactorsFor(device, specification, sink);
        var sinks = AdapterSink<T>.Over(device, factors, new SinkGroup<T>([sink, ranges]));
        using var decoder = new Decoder<T>(
            device, specification, new WeightStore<T>(device, specification, source, memory), memory.KeptLayers);
        var windows = PackingWindow.Pack(examples.Encoded, memory.TokenBudget);
        observer?.Started(new MeasurePlan(
            examples.Encoded.Count, 0, examples.Tokens, windows.Count, memory.TokenBudget, sink.Weights, device.Description)
        {
            Adapter = model.AdapterSummary,
            WeightNotes = identity?.WeightNotes ?? [],
            Data = identity?.DataForm,
        });
        var (number, tokens) = (0, 0L);
        foreach (var window in windows)
        {
            cancel.ThrowIfCancellationRequested();
            var first = number;
            number += window.Examples.Count;
            int[] members = [.. Enumerable.Range(first, window.Examples.Count).Where(i => examples.Encoded[i].Tokens is not null)];
            if (members.Length > 0)
            {
                sink.Expect(members);
                var batch = new PackedBatch([.. members.Select(i => examples.Encoded[i].Tokens!.Packed)]);
                var result = decoder.Backward(batch, sinks, cancel: cancel);
                for (var i = 0; i < members.Length; i++)
                {
                    if (double.IsFinite(result.Losses[i]) && ranges.IsOrdinary(i))
                        continue;
                    if (edge.Measure(members[i], examples.Encoded[members[i]].Tokens!, cancel) is { } reason)
                        examples.Skip(members[i], reason);
                }
            }

            tokens += window.Tokens;
            observer?.Advanced(new MeasureProgress(number - examples.Skipped.Count, examples.Skipped.Count, tokens));
        }
    }

    private static KernelSummary Write(
        KernelOptions options, MeasureInputs inputs, DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights, KernelExamples examples,
        Func<int, double[]> products, IKernelObserver? observer, CancellationToken cancel)
    {
        var count = examples.Numbers.Count;
        var groups = weights.Select((weight, i) => (Name: NameOf(options.By, specification, weight), Weight: i)).GroupBy(entry => entry.Name).ToList();
        int[] shape = options.By == KernelBy.Sum ? [count, count] : [groups.Count, count, count];
        var total = new double[(long)count * count];
        var compared = 0;
        using var file = new NpyWriter(options.Measure.Out, shape);
        foreach (var group in groups)
        {
            var sum = new double[total.Length];
            foreach (var (_, weight) in group)
            {
                cancel.ThrowIfCancellationRequested();
                TensorAdd(products(weight), sum);
                observer?.Compared(++compared, weights.Count);
            }

            TensorAdd(sum, total);
            file.Write(options.Normalize ? Cosines(sum, count) : sum);
        }

        var alignments = options.Test is null ? [] : Align(examples, total);
        new KernelSidecar
        {
            Run = inputs.Identity,
            Sets = [.. examples.Sets.Select(set => new KernelSidecarSet(set.Name, set.File, set.Identity ?? ""))],
            HasTest = options.Test is not null,
            By = options.By,
            Normalize = options.Normalize,
            Shape = shape,
            Names = [.. groups.Select(group => group.Key)],
            Examples = [.. examples.Numbers.Select(number => (examples.Encoded[number].Example, examples.SetOf(number).Name))],
            Questions = examples.Questions(),
            Skipped = examples.Skipped,
            Alignments = alignments,
        }.Write(options.Sidecar);
        file.Complete();
        return new KernelSummary(options.Measure.Out, shape, examples.Skipped, alignments, TimeSpan.Zero);
    }

    /// <summary>Multiplies row i and column i by 2 to the power of an exponent each.</summary>
    private static void Unscale(double[] kernel, int[] exponents)
    {
        if (Array.TrueForAll(exponents, exponent => exponent == 0))
            return;
        for (var i = 0; i < exponents.Length; i++)
        {
            for (var j = 0; j < exponents.Length; j++)
                kernel[(long)i * exponents.Length + j] = Math.ScaleB(kernel[(long)i * exponents.Length + j], exponents[i] + exponents[j]);
        }
    }

    private static void TensorAdd(double[] values, double[] sum) => System.Numerics.Tensors.TensorPrimitives.Add<double>(sum, values, sum);

    /// <summary>NaN where a gradient is zero: it has no direction.</summary>
    private static double[] Cosines(double[] kernel, int count)
    {
        var cosines = new double[kernel.Length];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
                cosines[i * count + j] = kernel[i * count + j] / Math.Sqrt(kernel[i * count + i]) / Math.Sqrt(kernel[j * count + j]);
        }

        return cosines;
    }

    /// <summary>cos(G_i, Σ_test G) = Σ_j K_ij / √(K_ii · Σ_jk K_jk), most aligned first.</summary>
    private static IReadOnlyList<KernelAlignment> Align(KernelExamples examples, double[] kernel)
    {
        var count = examples.Numbers.Count;
        var test = Enumerable.Range(0, count).Where(i => examples.IsTest(examples.Numbers[i])).ToArray();
        var norm = Math.Sqrt(test.Sum(i => test.Sum(j => kernel[i * count + j])));
        return
        [
            .. Enumerable.Range(0, count).Where(i => !examples.IsTest(examples.Numbers[i]))
                .Select(i => new KernelAlignment(
                    examples.Encoded[examples.Numbers[i]].Example, test.Sum(j => kernel[i * count + j]) / (Math.Sqrt(kernel[i * count + i]) * norm)))
                .OrderByDescending(alignment => alignment.Cosine).ThenBy(alignment => alignment.Example.Index),
        ];
    }

    private static string NameOf(KernelBy by, DecoderSpecification specification, SelectedWeight weight) => by switch
    {
        KernelBy.Weight => weight.Name,
        KernelBy.Layer => LayerOf(specification, weight),
        _ => "sum",
    };

    private static string LayerOf(DecoderSpecification specification, SelectedWeight weight)
    {
        var name = specification.Adapters.FirstOrDefault(adapter => adapter.A == weight.Linear || adapter.B == weight.Linear)?.Weight ?? weight.Linear.Weight.Name;
        for (var layer = 0; layer < specification.Layers.Count; layer++)
        {
            if (specification.Layers[layer].Measurable.Any(linear => linear.Weight.Name == name))
                return layer.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return "head";
    }
}
