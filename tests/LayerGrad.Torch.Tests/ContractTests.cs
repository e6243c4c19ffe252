using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Tests.Compute;
using LayerGrad.Tests.Decoders;
using LayerGrad.Torch.Devices;
using LayerGrad.Torch.Tests.Support;
using TorchSharp;

namespace LayerGrad.Torch.Tests;

/// <summary>What a device must keep to beside the numbers: memory, transfers, errors, and that it does the work itself.</summary>
public sealed class ContractTests
{
    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1), ([8, 2, 21, 18, 2, 8], 3)]);

    [Fact]
    public void No_type_of_the_processor_s_device_is_used()
    {
        using var file = new PEReader(File.OpenRead(typeof(TorchDevice<float>).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference).Select(type => metadata.GetString(type.Namespace)).ToHashSet();

        used.ShouldContain("LayerGrad.Compute");
        used.ShouldNotContain(typeof(CpuDevice<float>).Namespace);
    }

    [TorchTheory]
    [InlineData("llama", "{}")]
    [InlineData("olmoe", """{"num_experts": 4, "num_experts_per_tok": 2, "clip_qkv": 0.6}""")]
    public void A_decoder_gives_everything_back(string family, string variant)
    {
        var counter = new MemoryCounter();
        using (var device = new TorchDevice<float>(torch.CPU, Precision.Float32, 1, counter))
            Run(device, family, variant);
        counter.Peak.ShouldBeGreaterThan(0);
        counter.Allocated.ShouldBe(0);
    }

    [TorchFact]
    public void Whichever_allocation_fails_the_error_is_one_line_and_nothing_stays_allocated()
    {
        var all = new FailingCounter(0);
        using (var device = new TorchDevice<float>(torch.CPU, Precision.Float32, 1, all))
            Run(device, "llama", "{}");

        // Every allocation of the first ones, where what lives long is made, and a sample of the many behind.
        for (var at = 1; at <= all.Count; at += at < 40 ? 1 : 1 + all.Count / 60)
        {
            var counter = new FailingCounter(at);
            var error = Should.Throw<InsufficientMemoryException>(() =>
            {
                using var device = new TorchDevice<float>(torch.CPU, Precision.Float32, 1, counter);
                Run(device, "llama", "{}");
            });
            error.Message.ShouldNotContain("\n");
            counter.Allocated.ShouldBe(0, $"after allocation {at} of {all.Count} had failed");
        }
    }

    [TorchTheory]
    [InlineData(long.MaxValue / 16)]
    [InlineData(1L << 45)]
    public void Memory_that_the_machine_does_not_have_is_refused_in_one_line_and_not_counted(long length)
    {
        using var device = TestDevices.Create<double>();

        var error = Should.Throw<InsufficientMemoryException>(() => device.Allocate(length));

        error.Message.ShouldContain("--memory");
        error.Message.ShouldNotContain("\n");
        device.Allocated.ShouldBe(0);
    }

    [TorchFact]
    public void Tf32_is_refused_where_no_GPU_rounds_to_it() =>
        Should.Throw<InputException>(() => new TorchDevice<float>(torch.CPU, Precision.TensorFloat32, 1)).Message.ShouldStartWith("--precision tf32: ");

    /// <summary>
    /// At most one transfer a layer (symmetric problems for the host) and one a window, each smaller than an activation: a device that computes on the host would need far more.
    /// What goes to the device is tokens, labels and the places of the examples.
    /// </summary>
    [TorchTheory]
    [InlineData("attention")]
    [InlineData("all")]
    public void A_window_crosses_to_the_host_once_a_layer_at_most(string selection)
    {
        const int Layers = 6, Hidden = 768, Tokens = 40, Examples = 3;
        var specification = FamilyVariants.Describe("llama", $$"""
            {"hidden_size": {{Hidden}}, "intermediate_size": 1024, "num_attention_heads": 8, "num_key_value_heads": 8, "head_dim": 96, "num_hidden_layers": {{Layers}}}
            """);
        using var device = TestDevices.Create<float>();
        var store = new WeightStore<float>(device, specification, new SeededParameters<float>(), Layers, residentHead: true, residentEmbedding: true);
        using var decoder = new Decoder<float>(device, specification, store, Layers);
        var weights = WeightSelector.Parse(specification, selection, splitFused: false);
        var sinks = new SinkGroup<float>([new StatisticsSink<float>(device, weights), new FactorRangeSink<float>(device, everyWeight: false)]);
        var random = new Random(1);
        var batch = new PackedBatch([.. Enumerable.Range(0, Examples).Select(_ => (Enumerable.Range(0, Tokens).Select(_ => random.Next(specification.VocabularySize)).ToArray(), Tokens / 2))]);
        decoder.Backward(batch, sinks);
        var (downloads, downloaded, uploads, uploaded) = (device.Transfers.Downloads, device.Transfers.DownloadedBytes, device.Transfers.Uploads, device.Transfers.UploadedBytes);

        decoder.Backward(batch, sinks);

        const long Activation = Tokens * Examples * Hidden * sizeof(float);
        downloads = device.Transfers.Downloads - downloads;
        downloads.ShouldBeInRange(1, Layers + 1);
        (device.Transfers.DownloadedBytes - downloaded).ShouldBeLessThan(downloads * Activation);
        (device.Transfers.Uploads - uploads).ShouldBeLessThanOrEqualTo(8);
        (device.Transfers.UploadedBytes - uploaded).ShouldBeLessThan(Activation / 10);
    }

    private static void Run(TorchDevice<float> device, string family, string variant)
    {
        var specification = FamilyVariants.Describe(family, variant);
        var weights = WeightSelector.Parse(specification, "attention", splitFused: true);
        var store = new WeightStore<float>(device, specification, new SeededParameters<float>(), residentLayers: 1, residentHead: true);
        using var decoder = new Decoder<float>(device, specification, store, keptLayers: 1);
        decoder.Backward(s_batch, new SinkGroup<float>([new StatisticsSink<float>(device, weights), new FactorRangeSink<float>(device, everyWeight: true)]));
        decoder.Losses(s_batch);
    }
}
