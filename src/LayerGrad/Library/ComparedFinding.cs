namespace LayerGrad;

/// <summary>A claim of the papers, checked on the runs compared.</summary>
/// <param name="Claim">The claim, in words.</param>
/// <param name="Source">Where it was made.</param>
/// <param name="Sets">The labels of the sets that it was checked on.</param>
/// <param name="Number">The number that decides it, with its interval.</param>
/// <param name="Holds">Whether the interval lies wholly on the side of the claim (true) or on the other (false); null where it is undecided.</param>
/// <param name="Remark">What limits the verdict; otherwise null.</param>
public sealed record ComparedFinding(string Claim, string Source, IReadOnlyList<string> Sets, Estimate Number, bool? Holds, string? Remark);
