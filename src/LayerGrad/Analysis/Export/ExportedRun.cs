using LayerGrad.Runs;

namespace LayerGrad.Analysis.Export;

/// <summary>What an export took from a run.</summary>
/// <param name="Label">The run's name in the table.</param>
/// <param name="Path">Its file.</param>
/// <param name="Examples">Measured examples; those of a probe count once a step.</param>
/// <param name="Skipped">Examples that the run could not measure.</param>
/// <param name="BadLines">Lines that could not be read.</param>
/// <param name="Unfinished">How much there is of it; null where it is complete.</param>
internal sealed record ExportedRun(string Label, string Path, int Examples, int Skipped, int BadLines, RunProgress? Unfinished);
