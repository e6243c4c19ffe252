namespace LayerGrad.Decoders.Families.Reading;

/// <summary>What a family's class of the reference implementation does with rotary settings.</summary>
internal sealed record RotaryRules
{
    /// <summary>The base where none is given.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>The field beside the dictionary that gives the base.</summary>
    public string ThetaField { get; init; } = "rope_theta";

    /// <summary>The part of each head that is turned where none is given; null where the family turns whole heads and knows no part.</summary>
    public double? Part { get; init; }

    /// <summary>The field beside the dictionary that gives the part.</summary>
    public string PartField { get; init; } = "partial_rotary_factor";

    /// <summary>Whether neighbouring columns make a pair.</summary>
    public bool Interleaved { get; init; }

    /// <summary>
    /// The length of pretraining where no <c>original_max_position_embeddings</c> stands beside the dictionary, for a class that always has
    /// that field, so that one within the dictionary is never looked at (Phi-3); null for the others.
    /// </summary>
    public int? OriginalLength { get; init; }

    /// <summary>How many axes the positions have, and how they share the frequencies.</summary>
    public RotaryAxes Axes { get; init; }

    /// <summary>The settings that the class puts in place where there are none, as JSON; a base that stands alone beside them then counts for nothing (Apertus, Ministral 3).</summary>
    public string? Default { get; init; }

    /// <summary>Whether the kind dynamic with an <c>alpha</c> is a fixed, larger base (Hunyuan).</summary>
    public bool DynamicAlpha { get; init; }

    /// <summary>Whether longrope is the only kind of scaling that the class takes, <c>su</c> its older name.</summary>
    public bool LongropeOnly { get; init; }
}
