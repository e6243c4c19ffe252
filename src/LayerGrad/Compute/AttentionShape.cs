namespace LayerGrad.Compute;

/// <summary>The settings of scaled dot-product attention.</summary>
/// <param name="Scale">What multiplies q · k.</param>
/// <param name="SoftCap">c in c · tanh(score / c), or null where scores are not capped (Gemma 2, arXiv 2408.00118).</param>
/// <param name="Window">How many keys a query sees, itself among them, or null for all before it.</param>
internal readonly record struct AttentionShape(double Scale, double? SoftCap, int? Window);
