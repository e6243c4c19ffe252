using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LayerGrad.Json;

namespace LayerGrad.ChatTemplates;

/// <summary>What a chat template is given beside the conversation: variables such as <c>enable_thinking</c>, and the tools that the model may call.</summary>
internal sealed partial class TemplateArguments
{
    /// <summary>Nothing.</summary>
    public static readonly TemplateArguments None = new(new SortedDictionary<string, JsonValue>(StringComparer.Ordinal), null);

    private readonly SortedDictionary<string, JsonValue> _variables;

    private TemplateArguments(SortedDictionary<string, JsonValue> variables, JsonValue? tools)
    {
        _variables = variables;
        Tools = tools;
        Json = variables.Count == 0 ? null : "{" + string.Join(",", variables.Select(static pair => $"\"{pair.Key}\":{pair.Value.Compact()}")) + "}";
        ToolsJson = tools?.Compact();
    }

    /// <summary>The variables as one line of JSON, in the order of their names; null where there are none.</summary>
    public string? Json { get; }

    /// <summary>The tools as one line of JSON; null where there are none.</summary>
    public string? ToolsJson { get; }

    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => Json is null && ToolsJson is null;

    /// <summary>The names of the variables, in order.</summary>
    public IReadOnlyCollection<string> Names => _variables.Keys;

    /// <summary>The variables but for documents.</summary>
    internal IEnumerable<KeyValuePair<string, JsonValue>> Variables => _variables.Where(static pair => pair.Key != "documents");

    /// <summary>The documents that the model may cite; null where there are none.</summary>
    internal JsonValue? Documents => _variables.TryGetValue("documents", out var documents) ? documents : null;

    /// <summary>The tools; null where there are none.</summary>
    internal JsonValue? Tools { get; }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Identifier();

    /// <summary>Reads what stands on a command line.</summary>
    /// <param name="assignments">Each <c>NAME=VALUE</c>, the value in JSON.</param>
    /// <param name="toolsFile">A JSON file with an array of tools, or null.</param>
    /// <exception cref="InputException">An assignment is not of its form, a name stands twice or is not free, a value is not JSON, or the file holds no tools.</exception>
    public static TemplateArguments Parse(IEnumerable<string> assignments, string? toolsFile)
    {
        ArgumentNullException.ThrowIfNull(assignments);
        var given = new SortedDictionary<string, JsonValue>(StringComparer.Ordinal);
        foreach (var assignment in assignments)
        {
            var (name, value) = assignment.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
                ? (assignment[..at], assignment[(at + 1)..])
                : throw new InputException($"--template-arg {assignment}: write NAME=VALUE, such as enable_thinking=false");
            Add(given, "--template-arg", name, value);
        }

        return Of(given, toolsFile is null ? null : ForeignJson.Read(toolsFile).AsObjects("tools"));
    }

    /// <summary>Makes arguments of values that are read already.</summary>
    /// <param name="where">What errors call the place (<c>study.yaml:7:3</c>).</param>
    /// <param name="assignments">Names, and their values in JSON.</param>
    /// <param name="toolsFile">A JSON file with an array of tools, or null.</param>
    /// <exception cref="InputException">As in <see cref="Parse"/>.</exception>
    internal static TemplateArguments Of(string where, IEnumerable<KeyValuePair<string, string>> assignments, string? toolsFile)
    {
        var given = new SortedDictionary<string, JsonValue>(StringComparer.Ordinal);
        foreach (var (name, value) in assignments)
            Add(given, where, name, value);
        return Of(given, toolsFile is null ? null : ForeignJson.Read(toolsFile).AsObjects("tools"));
    }

    /// <summary>The same, with a conversation's own tools and documents where it has any.</summary>
    /// <param name="ownTools">An array of objects, or null.</param>
    /// <param name="ownDocuments">An array of objects, or null.</param>
    /// <param name="ownVariables">An object with further variables, or null.</param>
    internal TemplateArguments With(JsonValue? ownTools, JsonValue? ownDocuments, JsonValue? ownVariables = null)
    {
        var own = new SortedDictionary<string, JsonValue>(_variables, StringComparer.Ordinal);
        foreach (var (name, value) in ownVariables is { } given ? CheckedVariables(given) : [])
            own[name] = value;
        if (ownDocuments is { } documents)
            own["documents"] = documents;
        return Of(own, ownTools ?? Tools);
    }

    private static TemplateArguments Of(SortedDictionary<string, JsonValue> variables, JsonValue? tools) =>
        variables.Count == 0 && tools is null ? None : new TemplateArguments(variables, tools);

    /// <summary>The members of an object that gives variables to a template.</summary>
    /// <exception cref="InputException">One is a variable that LayerGrad sets itself.</exception>
    internal static IEnumerable<KeyValuePair<string, JsonValue>> CheckedVariables(JsonValue given)
    {
        foreach (var member in given.Members())
            yield return IsReserved(member.Key) ? throw given.Error($"{member.Value.Path} is a variable that LayerGrad sets itself") : member;
    }

    private static bool IsReserved(string name) => name is "messages" or "tools" or "add_generation_prompt" or "continue_final_message";

    private static void Add(SortedDictionary<string, JsonValue> variables, string where, string name, string value)
    {
        if (!Identifier().IsMatch(name))
            throw new InputException($"{where} {name}: is no name of a variable of a template");
        if (IsReserved(name))
            throw new InputException($"{where} {name}: LayerGrad sets it itself{(name == "tools" ? "; give the tools in a file with --tools" : "")}");
        var parsed = ParseValue(where, name, value);
        if (!variables.TryAdd(name, name == "documents" ? parsed.AsObjects("documents") : parsed))
            throw new InputException($"{where} {name}: is given twice");
    }

    private static JsonValue ParseValue(string where, string name, string value)
    {
        try
        {
            return ForeignJson.Parse(Encoding.UTF8.GetBytes(value), $"{where} {name}", strict: true);
        }
        catch (InputException error) when (error.InnerException is JsonException)
        {
            throw new InputException($"{where} {name}={JsonValue.Shortened(value)}: the value is not JSON; write a text in double quotes and the whole in single ones: '{name}=\"{JsonValue.Shortened(value.Trim('"'))}\"'", error);
        }
    }
}
