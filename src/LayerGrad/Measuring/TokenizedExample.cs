using LayerGrad.Examples;
using LayerGrad.Tokenizers;

namespace LayerGrad.Measuring;

/// <summary>An example as the model sees it.</summary>
/// <param name="Example">The example.</param>
/// <param name="Ids">Its tokens after truncation.</param>
/// <param name="Offsets">Where each token stands in <paramref name="Text"/>.</param>
/// <param name="Text">The whole text: prompt and response.</param>
/// <param name="ResponseStart">The first token of the response.</param>
/// <param name="Truncated">Whether tokens were cut off.</param>
public sealed record TokenizedExample(Example Example, int[] Ids, TokenOffset[] Offsets, string Text, int ResponseStart, bool Truncated);
