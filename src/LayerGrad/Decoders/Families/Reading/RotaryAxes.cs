namespace LayerGrad.Decoders.Families.Reading;

/// <summary>How a rotary embedding of time, height and width (Qwen2-VL, arXiv 2409.12191) deals out the frequencies. For text the three positions are one, and the embedding is the ordinary one.</summary>
internal enum RotaryAxes
{
    /// <summary>There is one axis.</summary>
    One,

    /// <summary>Neighbouring frequencies belong to an axis, as many as <c>mrope_section</c> says, which must give all of them.</summary>
    Sections,

    /// <summary>The axes take turns.</summary>
    Interleaved,
}
