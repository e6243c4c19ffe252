namespace LayerGrad.Examples;

/// <summary>Where a run keeps what it was given on standard input, so that it can go on without it.</summary>
/// <param name="Path">The file.</param>
/// <param name="RunFile">A file that is there once the run has begun; from then on its data must stay the same.</param>
internal sealed record InputSpool(string Path, string RunFile);
