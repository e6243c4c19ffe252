using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>The variables that a statement sees. Setting one never changes a surrounding scope: that is what namespaces are for.</summary>
internal sealed class Scope
{
    private const int Few = 8;

    private readonly Scope? _parent;

    // Most scopes are a turn of a loop with two or three variables: an array is found through faster than a dictionary is made.
    private KeyValuePair<string, Value>[] _few = [];
    private int _count;
    private Dictionary<string, Value>? _many;

    /// <summary>The outermost scope.</summary>
    /// <param name="template">The template's name, for errors.</param>
    /// <param name="variables">Its variables.</param>
    /// <param name="rendering">What the whole rendering shares.</param>
    public Scope(string template, Dictionary<string, Value> variables, Rendering rendering)
    {
        Template = template;
        Rendering = rendering;
        _many = variables;
    }

    private Scope(Scope parent)
    {
        _parent = parent;
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
        for (var scope = this; scope is not null; scope = scope._parent)
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
        if (_many is not null)
        {
            _many[name] = value;
            return;
        }

        var at = IndexOf(name);
        if (at < 0 && _count == Few)
        {
            _many = new Dictionary<string, Value>(_few, StringComparer.Ordinal) { [name] = value };
            return;
        }

        if (at < 0)
        {
            at = _count++;
            if (at == _few.Length)
                Array.Resize(ref _few, at == 0 ? 2 : Few);
        }

        _few[at] = KeyValuePair.Create(name, value);
    }

    /// <summary>Makes an error with its place of one without.</summary>
    public ChatTemplateException At(Position position, EvaluationException error) =>
        new(error.Message, Template, position.Line, position.Column, error.RaisedByTemplate, error.IsLimit);

    private Value? Own(string name)
    {
        if (_many is not null)
            return _many.GetValueOrDefault(name);
        var at = IndexOf(name);
        return at < 0 ? null : _few[at].Value;
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_few[i].Key == name)
                return i;
        }

        return -1;
    }
}
