using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>The variables that a statement sees. Setting one never changes a surrounding scope: that is what namespaces are for.</summary>
internal sealed class Scope
{
    private const int Few = 8;

    private readonly Scope? parent;

    // Most scopes are a turn of a loop with two or three variables: an array is found through faster than a dictionary is made.
    private KeyValuePair<string, Value>[] few = [];
    private int count;
    private Dictionary<string, Value>? many;

    /// <summary>The outermost scope.</summary>
    /// <param name="template">The template's name, for errors.</param>
    /// <param name="variables">Its variables.</param>
    /// <param name="rendering">What the whole rendering shares.</param>
    public Scope(string template, Dictionary<string, Value> variables, Rendering rendering)
    {
        Template = template;
        Rendering = rendering;
        many = variables;
    }

    private Scope(Scope parent)
    {
        this.parent = parent;
        Template = parent.Template;
        Rendering = parent.Rendering;
    }

    /// <summary>The template's name, for errors.</summary>
    public string Template { get; }

    /// <summary>What the whole rendering shares.</summary>
    public Rendering Rendering { get; }

    /// <summary>What the rendering may still take.</summary>
    public Budget Budget => Rendering.Budget;

    /// <summary>A scope inside this one.</summary>
    public Scope Inner() => new(this);

    /// <summary>The value of a variable; undefined where no scope has it.</summary>
    public Value Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.parent)
        {
            if (scope.Own(name) is { } value)
                return value;
            Budget.Spend(ChatTemplates.Budget.ElementCost);
        }

        return UndefinedValue.OfName(name);
    }

    /// <summary>Sets a variable of this scope.</summary>
    public void Set(string name, Value value)
    {
        if (many is not null)
        {
            many[name] = value;
            return;
        }

        var at = IndexOf(name);
        if (at < 0 && count == Few)
        {
            many = new Dictionary<string, Value>(few, StringComparer.Ordinal) { [name] = value };
            return;
        }

        if (at < 0)
        {
            at = count++;
            if (at == few.Length)
                Array.Resize(ref few, at == 0 ? 2 : Few);
        }

        few[at] = KeyValuePair.Create(name, value);
    }

    /// <summary>Makes an error with its place of one without.</summary>
    public ChatTemplateException At(Position position, EvaluationException error) =>
        new(error.Message, Template, position.Line, position.Column, error.RaisedByTemplate, error.IsLimit);

    private Value? Own(string name)
    {
        if (many is not null)
            return many.GetValueOrDefault(name);
        var at = IndexOf(name);
        return at < 0 ? null : few[at].Value;
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < count; i++)
        {
            if (few[i].Key == name)
                return i;
        }

        return -1;
    }
}
