using LayerGrad.Runs;

namespace LayerGrad.Data.Scoring;

/// <summary>The keys of a file of scores that a run file has not, each spelled here and nowhere else.</summary>
internal static class ScoreKeys
{
    /// <summary>The loss of the response after the instruction.</summary>
    public const string Loss = RunKeys.Loss;

    /// <summary>The loss of the response without the instruction.</summary>
    public const string LossAlone = "loss_without_instruction";

    /// <summary>The first over the second.</summary>
    public const string Ifd = "ifd";

    /// <summary>What the example was asked to be scored by, under one key whatever it is; only files of scores have it.</summary>
    public const string Score = "score";
}
