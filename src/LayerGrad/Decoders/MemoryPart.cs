namespace LayerGrad.Decoders;

/// <summary>Something that takes memory during a run.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">How much it takes.</param>
internal sealed record MemoryPart(string Name, long Bytes);
