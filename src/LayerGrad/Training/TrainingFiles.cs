using LayerGrad.Checkpoints;
using LayerGrad.Runs;

namespace LayerGrad.Training;

/// <summary>The files below <c>--out</c>.</summary>
/// <param name="Folder">The folder of the trained model.</param>
internal sealed record TrainingFiles(string Folder)
{
    /// <summary>What the training depends on.</summary>
    public string Record => Path.Combine(Folder, "training.json");

    /// <summary>A line a step: loss, learning rate, norm of the gradient, tokens.</summary>
    public string Losses => Path.Combine(Folder, "losses.jsonl");

    /// <summary>What the training goes on from.</summary>
    public string State => Path.Combine(Folder, "state");

    /// <summary>The weights of the state; there is a state where they are there.</summary>
    public string StateWeights => Path.Combine(State, "model.safetensors");

    /// <summary>Every file that a training may write, but the tokenizer's.</summary>
    /// <param name="probes">The probes as the user wrote them.</param>
    public IEnumerable<string> Written(IEnumerable<string> probes) =>
        [Record, Losses, .. CheckpointWriter.FilesIn(Folder), .. CheckpointWriter.FilesIn(State), .. RunPaths.AllOf(probes.Select(Probe))];

    /// <summary>The run of a probe.</summary>
    /// <param name="probe">The probe's dataset.</param>
    public string Probe(string probe) => Path.Combine(Folder, "probes", ProbeName(probe) + ".jsonl");

    /// <summary>The name of a probe: that of its file, without what a file's name must not have on some system.</summary>
    /// <param name="probe">The probe as the user wrote it.</param>
    internal static string ProbeName(string probe) =>
        string.Concat(Path.GetFileNameWithoutExtension(probe).Select(static c => c is '?' or '&' or '=' or '*' or ':' ? '-' : c));
}
