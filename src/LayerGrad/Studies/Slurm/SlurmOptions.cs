namespace LayerGrad.Studies.Slurm;

/// <summary>How a study's job array is submitted.</summary>
internal sealed record SlurmOptions
{
    /// <summary>The partition; null for the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>The GPU of each task, <c>1</c> or <c>TYPE:1</c> as <c>sbatch --gres=gpu:</c> takes it; null for none.</summary>
    public string? Gpus { get; init; }

    /// <summary>The time limit of each task, as <c>sbatch --time</c> takes it; null for the partition's.</summary>
    public string? Time { get; init; }

    /// <summary>How many tasks run at once; null for as many as the cluster lets.</summary>
    public int? ArrayLimit { get; init; }

    /// <summary>Processor cores of each task.</summary>
    public int Cores { get; init; } = 1;

    /// <summary>How many shards, and so tasks, a cell is divided into.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>A script with <c>{directives}</c> and <c>{command}</c>, for what the site needs besides; null for the plain one.</summary>
    public string? Template { get; init; }
}
