using LayerGrad.Json;

namespace LayerGrad.Examples.Forms;

/// <summary>The fields of records that mean something.</summary>
internal static class FieldNames
{
    public const string Instruction = "instruction";
    public const string Input = "input";
    public const string Output = "output";
    public const string Prompt = "prompt";
    public const string Completion = "completion";
    public const string Messages = "messages";
    public const string Conversations = "conversations";
    public const string Question = "question";
    public const string Answer = "answer";
    public const string Problem = "problem";
    public const string Solution = "solution";
    public const string Context = "context";
    public const string Response = "response";
    public const string System = "system";
    public const string SystemPrompt = "system_prompt";
    public const string History = "history";
    public const string Tools = "tools";
    public const string Documents = "documents";
    public const string TemplateVariables = "chat_template_kwargs";
    public const string InputIds = "input_ids";
    public const string Labels = "labels";
    public const string AttentionMask = "attention_mask";

    /// <summary>The fields that say in which form a record is; of several, the first of these.</summary>
    public static readonly string[] Primary = [InputIds, Messages, Conversations, Instruction, Prompt, Question, Problem];

    /// <summary>Fields that hold a text in one form or another: whichever a record's form does not read must be empty.</summary>
    public static readonly string[] Texts = [Instruction, Prompt, Question, Problem, Input, Context, Output, Completion, Answer, Solution, Response, .. Preferences];

    /// <summary>Fields of pictures and sounds.</summary>
    public static readonly string[] Media = ["images", "image", "videos", "audios", "audio"];

    /// <summary>Fields that say of token ids what cannot be measured otherwise than as a plain sequence.</summary>
    public static readonly string[] TokenExtras = ["position_ids", "completion_mask", "assistant_masks"];

    private static readonly string[] s_all =
        [.. Primary, .. Texts, .. Media, .. TokenExtras, System, SystemPrompt, History, Tools, Documents, TemplateVariables, Labels, AttentionMask];

    private static string[] Preferences => ["chosen", "rejected"];

    /// <summary>Which columns of a table are read.</summary>
    /// <param name="columns">The names of all columns.</param>
    /// <param name="fields">Which fields hold what.</param>
    /// <param name="file">What errors call the table.</param>
    /// <param name="has">How an error begins that lists the columns.</param>
    /// <returns>Their places.</returns>
    /// <exception cref="InputException">None of them tells what a record is, or one that the user named is missing.</exception>
    public static List<int> Wanted(IReadOnlyList<string> columns, DatasetFields fields, string file, string has)
    {
        string Listed() => string.Join(", ", columns.Take(12).Select(JsonValue.Shortened)) + (columns.Count > 12 ? ", …" : "");
        if (fields.Given.FirstOrDefault(name => !columns.Contains(name, StringComparer.Ordinal)) is { } missing)
            throw new InputException($"{file}: has no column '{missing}'; it {has} the columns {Listed()}.");
        if (fields.Instruction is null && !columns.Any(column => Primary.Contains(column, StringComparer.Ordinal)))
            throw new InputException($"{file}: {has} the columns {Listed()}, none of which is an instruction; name those that are with --instruction-field and --output-field.");
        return [.. Enumerable.Range(0, columns.Count).Where(i => s_all.Contains(columns[i], StringComparer.Ordinal) || fields.Given.Contains(columns[i], StringComparer.Ordinal))];
    }
}
