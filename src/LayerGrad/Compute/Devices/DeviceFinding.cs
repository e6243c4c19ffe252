namespace LayerGrad.Compute;

/// <summary>One thing that a provider of devices found on the machine, for <c>doctor</c>.</summary>
/// <param name="Subject">What was looked for.</param>
/// <param name="Found">Whether it is there and fits.</param>
/// <param name="Value">What was found, or where it was looked for.</param>
/// <param name="Advice">What to do about it; null where there is nothing to do.</param>
internal sealed record DeviceFinding(string Subject, bool Found, string Value, string? Advice = null);
