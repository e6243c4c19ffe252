using LayerGrad.Json;

namespace LayerGrad.Examples.Forms;

/// <summary>Reads records whose instruction and response stand in fields of their own, as texts or as lists of turns.</summary>
/// <param name="fields">Which fields hold what.</param>
internal sealed class TextForms(DatasetFields fields)
{
    private const string HowToName = "--instruction-field, --input-field and --output-field say which fields are read";

    /// <summary>A form: its name and the fields that may hold its parts, the usual one first.</summary>
    private sealed record Form(string Name, string Instruction, string[] Inputs, string[] Outputs);

    private static readonly Form[] s_forms =
    [
        new("instruction and output", FieldNames.Instruction, [FieldNames.Input, FieldNames.Context], [FieldNames.Output, FieldNames.Response]),
        new("prompt and completion", FieldNames.Prompt, [], [FieldNames.Completion]),
        new("question and answer", FieldNames.Question, [], [FieldNames.Answer]),
        new("problem and solution", FieldNames.Problem, [], [FieldNames.Solution]),
    ];

    /// <summary>Reads one record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="index">Its position in the dataset, from 0.</param>
    /// <returns>The example, and the name of the record's form.</returns>
    /// <exception cref="InputException">It lacks a field, or has one that means something and is not read.</exception>
    public (Example Example, string Form) Read(JsonValue record, int index)
    {
        var form = Find(record);
        var instruction = fields.Instruction ?? form?.Instruction
            ?? throw record.Error($"has no instruction; a record has instruction and output, prompt and completion, messages, or one of the other forms of docs/data.md, but this one has {Listed(record)}; {HowToName}");
        var output = fields.Output ?? Only(record, form?.Outputs ?? [], "response", isRequired: true)!;
        var input = fields.Input ?? Only(record, form?.Inputs ?? [], "input", isRequired: false);
        if (fields.IsEmpty)
            RequireNothingElse(record, [instruction, output, input]);
        var name = fields.IsEmpty ? form!.Name : $"{instruction} and {output}";
        return (Read(record, index, instruction, input, output), fields.IsEmpty && output == FieldNames.Response ? "instruction and response" : name);
    }

    private static Example Read(JsonValue record, int index, string instruction, string? input, string output)
    {
        var (question, answer) = (RecordReader.Structure(record, instruction), RecordReader.Structure(record, output));
        if (question is { IsArray: true } turns && answer is { IsArray: true } response)
        {
            if (input is not null && record.Find(input) is { } extra && !RecordReader.IsEmpty(extra))
                throw extra.Error($"{extra.Path} stands beside turns; put it among them");
            return ConversationReader.Read(record, index, turns, response);
        }

        var example = new Example(index, record.Text(instruction), (input is null ? null : record.OptionalText(input)) ?? "", Response(record, output)) { System = SystemOf(record)?.AsText() ?? "" };
        var history = RecordReader.Structure(record, FieldNames.History) is { } given ? given.Items().Select(Turn).ToList() : [];
        return history.Count == 0 ? example : example with { History = history };
    }

    /// <summary>The record's own system prompt, under either of its names; null where it has none.</summary>
    public static JsonValue? SystemOf(JsonValue record)
    {
        JsonValue? NotEmpty(string key) => record.Find(key) is { } value && !RecordReader.IsEmpty(value) ? value : null;
        var (system, prompt) = (NotEmpty(FieldNames.System), NotEmpty(FieldNames.SystemPrompt));
        return system is not null && prompt is { } second ? throw second.Error($"{second.Path} stands beside {FieldNames.System}; keep one of them") : system ?? prompt;
    }

    private static string Response(JsonValue record, string output) => record.Find(output) is null
        ? throw record.Error($"{record.Below(output)} is {(record.FindOrNull(output) is null ? "missing" : "null")}; --output-field names the field of the response")
        : record.Text(output);

    private Form? Find(JsonValue record) =>
        Array.Find(s_forms, form => record.Has(form.Instruction)) ?? Array.Find(s_forms, form => record.FindOrNull(form.Instruction) is not null);

    /// <summary>The one field among several that says something; the first of them where none does.</summary>
    private static string? Only(JsonValue record, string[] names, string what, bool isRequired)
    {
        string[] said = [.. names.Where(name => record.Find(name) is { } value && !RecordReader.IsEmpty(value))];
        if (said.Length > 1)
            throw record.Error($"{said[0]} and {said[1]} are both there, and either may be the {what}; {HowToName}");
        if (said.Length == 1)
            return said[0];
        var first = Array.Find(names, record.Has) ?? names.FirstOrDefault();
        return first is null && isRequired ? throw record.Error("has no response that is known; name its field with --output-field") : first;
    }

    /// <summary>Refuses a record that says more than its form holds.</summary>
    private static void RequireNothingElse(JsonValue record, string?[] read)
    {
        foreach (var name in FieldNames.Texts)
        {
            if (!read.Contains(name, StringComparer.Ordinal) && record.Find(name) is { } value && !RecordReader.IsEmpty(value))
                throw value.Error($"{value.Path} stands beside {read[0]} and would be dropped; {HowToName}");
        }
    }

    /// <summary>A turn of the history: what the user said and what was answered.</summary>
    private static (string User, string Assistant) Turn(JsonValue turn)
    {
        if (!turn.IsArray || turn.Count != 2)
            throw turn.Wrong("a pair of texts, what the user said and what was answered");
        var texts = turn.Items().Select(static text => text.AsText()).ToArray();
        return (texts[0], texts[1]);
    }

    private static string Listed(JsonValue record)
    {
        string[] names = [.. record.Members().Select(static member => JsonValue.Shortened(member.Key)).Take(12)];
        return names.Length == 0 ? "no field" : string.Join(", ", names) + (record.Count > names.Length ? ", …" : "");
    }
}
