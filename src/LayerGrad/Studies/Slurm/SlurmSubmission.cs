namespace LayerGrad.Studies.Slurm;

/// <summary>What was submitted.</summary>
/// <param name="Array">The number of the job array; null where nothing was left to submit.</param>
/// <param name="Finish">The number of the job that merges and analyses.</param>
/// <param name="Tasks">How many tasks the array has.</param>
/// <param name="Done">How many tasks were done before.</param>
/// <param name="Active">How many are in the queue from an earlier submission and were left there.</param>
internal sealed record SlurmSubmission(string? Array, string? Finish, int Tasks, int Done, int Active);
