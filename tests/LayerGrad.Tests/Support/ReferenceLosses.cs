using LayerGrad.Checkpoints;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Support;

/// <summary>The losses of examples 0, 1 and 7 of the reference's examples under the paper's protocol, in float64.</summary>
internal static class ReferenceLosses
{
    /// <summary>Computes them.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="tokenizerFolder">The folder of its tokenizer.</param>
    public static double[] Of(Checkpoint checkpoint, string tokenizerFolder)
    {
        var encoder = new ExampleEncoder(Tokenizer.Load(tokenizerFolder), new MeasurementSpecification { Protocol = Protocol.Paper });
        return Of(checkpoint, Encode(encoder));
    }

    /// <summary>The three examples, packed: what an example is packed with must not matter.</summary>
    /// <param name="encoder">What makes tokens of them.</param>
    public static PackedBatch Encode(ExampleEncoder encoder)
    {
        var examples = Dataset.Load(Shared.Path("reference", "examples.json")).ToList();
        return new PackedBatch([.. new[] { 0, 1, 7 }.Select(i => encoder.Encode(examples[i]).Tokens!).Select(tokens => (tokens.Ids, tokens.ResponseStart))]);
    }

    /// <summary>The losses of a batch, by a forward pass alone.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="batch">The examples.</param>
    public static double[] Of(Checkpoint checkpoint, PackedBatch batch)
    {
        var specification = CheckpointBinding.Of(checkpoint).Specification;
        var parameters = new CheckpointParameters<double>(checkpoint, specification);
        using var device = new CpuDevice<double>(1);
        using var decoder = new Decoder<double>(
            device, specification, new WeightStore<double>(device, specification, parameters, specification.Layers.Count, residentHead: true), 0);
        return decoder.Losses(batch);
    }
}
