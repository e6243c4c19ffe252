using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>A family of decoders: how a configuration of its kind becomes a specification.</summary>
internal interface IFamily
{
    /// <summary>The value of <c>model_type</c>.</summary>
    string ModelType { get; }

    /// <summary>Describes the decoder, or refuses what it does not implement exactly.</summary>
    /// <param name="config">The configuration.</param>
    DecoderSpecification Describe(ConfigReader config);
}
