using System.Text.Json;
using LayerGrad.Runs;
using LayerGrad.Runs.Lines;

namespace LayerGrad.Data.Scoring;

/// <summary>A line of a file of scores.</summary>
internal static class ScoreLine
{
    /// <summary>The bytes of a line.</summary>
    public static byte[] Write(ScoredExample scored) => JsonLine.Of(writer =>
    {
        writer.WriteText(RunKeys.Instruction, scored.Example.InstructionWithInput);
        writer.WriteText(RunKeys.Output, scored.Example.Output);
        writer.WriteNumber(RunKeys.Index, scored.Example.Index);
        WriteNumber(writer, ScoreKeys.Score, scored.Score);
        if (scored.Reason is { } reason)
            writer.WriteText(RunKeys.Reason, reason);
        WriteNumber(writer, ScoreKeys.Loss, scored.Loss);
        if (scored.By == ScoreKind.InstructionFollowingDifficulty)
        {
            WriteNumber(writer, ScoreKeys.LossAlone, scored.LossAlone);
            WriteNumber(writer, ScoreKeys.Ifd, scored.Score);
        }

        if (scored.Tokens == 0)
            return;
        writer.WriteStartObject(RunKeys.Tokens);
        writer.WriteNumber(RunKeys.TotalTokens, scored.Tokens);
        writer.WriteNumber(RunKeys.ResponseTokens, scored.ResponseTokens);
        writer.WriteEndObject();
    });

    private static void WriteNumber(Utf8JsonWriter writer, string key, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumber(key, value);
        else
            writer.WriteNull(key);
    }
}
