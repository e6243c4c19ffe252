using LayerGrad.Runs;

namespace LayerGrad.Analysis.Noise;

/// <summary>The gradient noise scale at each step at which a training probed a dataset with <c>--noise</c>.</summary>
/// <param name="Run">The probe's run.</param>
/// <param name="Steps">The steps, ascending.</param>
internal sealed record NoiseOverSteps(string Run, IReadOnlyList<(int Step, NoiseResult Noise)> Steps)
{
    /// <summary>Reads what stands beside a probe's run.</summary>
    /// <param name="run"><c>RUN.jsonl</c>.</param>
    /// <param name="bootstrap">Resamples behind each interval.</param>
    /// <param name="seed">Their seed.</param>
    /// <exception cref="InputException">It was probed without <c>--noise</c>.</exception>
    public static NoiseOverSteps Of(string run, int bootstrap, int seed)
    {
        var files = new RunPaths(run).NoiseSteps();
        if (files.Count == 0)
            throw new InputException($"{run}: has no noise of training steps beside it; probe it with layergrad train --noise, or name {Path.GetFileName(new RunPaths(run).Noise)} of layergrad measure --noise");
        return new NoiseOverSteps(run, [.. files.Select(file => (file.Key, KernelNoise.Create(new NoiseOptions { Kernel = file.Value, Bootstrap = bootstrap, Seed = seed })))]);
    }
}
