using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Tests.Compute;
using LayerGrad.Tests.Support;
using LayerGrad.Torch.Devices;
using LayerGrad.Torch.Tests.Support;

namespace LayerGrad.Torch.Tests.Operations;

/// <summary>Every operation and its backward on libtorch, against the processor's device and against central differences, examples each alone (as on a processor) and together (as on a GPU).</summary>
public sealed class OperationTests
{
    public static TheoryData<string> Names => [.. OperationCases.All.Keys];

    /// <summary>Each element is tried, which takes libtorch a while: in a sample every fifth operation.</summary>
    public static TheoryData<string> Sample => [.. Extent.OneInFive(OperationCases.All.Keys)];

    [TorchTheory]
    [MemberData(nameof(Sample))]
    public void The_backward_is_the_derivative_of_the_forward(string name)
    {
        using var device = TestDevices.Create<double>(threads: 1);
        OperationGradient.Check(device, name);
    }

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void The_processor_s_device_computes_the_same(string name)
    {
        using var processor = new CpuDevice<double>(1);
        using var alone = TestDevices.Create<double>();
        using var together = TestDevices.Create<double>(rowsTogether: 1 << 14);
        var expected = OperationGradient.Values(processor, name);

        foreach (var device in (TorchDevice<double>[])[alone, together])
        {
            var found = OperationGradient.Values(device, name);
            for (var i = 0; i < expected.Length; i++)
                Matrices.ShouldBeNear(found[i], expected[i], 1e-12 * Math.Max(1, expected[i].Max(Math.Abs)));
        }
    }

    [TorchFact]
    public void So_it_does_with_what_has_no_backward()
    {
        using var processor = new CpuDevice<float>(1);
        using var device = TestDevices.Create<float>();
        var (expected, found) = (Others(processor), Others(device));
        for (var i = 0; i < expected.Length; i++)
            Matrices.ShouldBeNear(found[i], expected[i], 1e-6 * expected[i].Where(double.IsFinite).Max(Math.Abs));
    }

    /// <summary>Magnitudes near the edges of float32 keep their direction.</summary>
    [TorchTheory]
    [InlineData(NormKind.Rms, 1e25f)]
    [InlineData(NormKind.Rms, 1e-30f)]
    [InlineData(NormKind.Layer, 1e25f)]
    internal void Norms_of_numbers_whose_squares_leave_the_range_are_those_of_the_processor_s_device(NormKind kind, float scale)
    {
        using var processor = new CpuDevice<float>(1);
        using var device = TestDevices.Create<float>();
        var (expected, found) = (Norm(processor), Norm(device));
        Matrices.ShouldBeNear(found, expected, 1e-5 * expected.Max(Math.Abs));

        float[] Norm(Device<float> on)
        {
            using var memory = on.Allocate(14);
            on.Upload([.. Enumerable.Range(0, 14).Select(i => scale * (i * i % 5 - 1.5f))], memory.AsMatrix(2, 7));
            on.Normalize(new NormShape(kind, 1, 7, 7, 1e-9, false, false), memory.AsMatrix(2, 7), null, null, memory.AsMatrix(2, 7));
            return on.Read(memory.AsMatrix(2, 7)).Wait();
        }
    }

    private static double[][] Others(Device<float> device)
    {
        using var memory = device.Allocate(200);
        var random = new Random(3);
        device.Fill(memory.AsMatrix(40, 5), (_, values) =>
        {
            lock (random)
                values.Fill(0.5f);
        });
        device.Upload([.. Enumerable.Range(0, 120).Select(_ => random.NextSingle() - 0.5f)], memory.AsMatrix(1, 120));
        Matrix<float>[] parts = [.. Enumerable.Range(0, 6).Select(i => memory.AsMatrix(4, 5, 20 * i))];
        device.AdamW(parts[0], parts[1], parts[2], Squares(parts[3]), new AdamWUpdate(0.01, 0.9, 0.99, 1e-8, 0.1, 3));
        device.Add(parts[4], parts[5], 0.3);
        device.Add(parts[1], parts[5]);
        device.Scale(parts[4], -2);
        device.ScaleRows(parts[4], [1, 0.5, 3, -1]);
        device.Clear(parts[4].ColumnRange(1, 2).RowRange(2, 2));
        device.Multiply(parts[1], true, parts[2], false, memory.AsMatrix(5, 5, 120), alpha: 0.1, beta: 0);
        device.Multiply(parts[1], true, parts[4], false, memory.AsMatrix(5, 5, 120), alpha: -1.5, beta: 0.7);
        return
        [
            device.DotRows(parts[0], parts[5]).Wait(),
            device.LargestMagnitudes(parts[2]).Wait(),
            Array.ConvertAll(device.Read(memory.AsMatrix(1, 160)).Wait(), static value => (double)value),
            Array.ConvertAll(device.Read(parts[4].ColumnRange(1, 3)).Wait(), static value => (double)value),
        ];

        Matrix<float> Squares(Matrix<float> matrix)
        {
            device.Upload(Array.ConvertAll(device.Read(matrix).Wait(), static value => value * value), matrix);
            return matrix;
        }
    }
}
