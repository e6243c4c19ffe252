using System.Globalization;
using LayerGrad.Compute;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Slurm;

/// <summary>Which GPUs a study's tasks ask for: one each, and none where nobody would use it.</summary>
internal static class SlurmGpus
{
    private const string Cuda = "cuda";

    /// <summary>Checks what the user asks for against what the study computes on.</summary>
    /// <param name="study">The study.</param>
    /// <param name="gpus">What stood behind <c>--gpus</c>: <c>1</c> or <c>TYPE:1</c>; null where nothing did.</param>
    /// <exception cref="InputException">Tasks would leave GPUs idle, or find none.</exception>
    public static void Check(Study study, string? gpus)
    {
        var device = study.Measure.Device;
        var usesGpu = device.StartsWith(Cuda, StringComparison.Ordinal);
        if (gpus is null)
        {
            if (usesGpu)
                throw new InputException($"{study.Path}: measure.device is {device}, and the tasks would find no GPU; give --gpus 1.");
            return;
        }

        if (!usesGpu && device != DeviceFactory.Automatic)
            throw new InputException($"--gpus {gpus}: measure.device is {device} in {study.Path} and would leave reserved GPUs idle; leave --gpus out, or set device: cuda.");
        if (!int.TryParse(gpus.Split(':')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count != 1)
            throw new InputException($"--gpus {gpus}: a task computes on one GPU; say --gpus 1, or TYPE:1, and divide runs into more tasks with --shards.");
        if (study.Measure.Memory is null)
            throw new InputException($"--gpus {gpus}: say in measure.memory of {study.Path} how much of a GPU's memory a task may use, such as 70GiB: all tasks share one plan, and it is made here.");
    }
}
