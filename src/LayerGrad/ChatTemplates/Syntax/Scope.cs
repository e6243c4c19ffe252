using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>The variables that a statement sees. Setting one never changes a surrounding scope: that is what namespaces are for.</summary>
/// <param name="template">The template's name, for errors.</param>
/// <param name="parent">The surrounding scope.</param>
/// <param name="variables">The variables of this one.</param>
/// <param name="rendering">What the whole rendering shares.</param>
internal sealed class Scope(string template, Scope? parent, Dictionary<string, Value> variables, Rendering rendering)
{
    /// <summary>What the whole rendering shares.</summary>
    public Rendering Rendering => rendering;

    /// <summary>What the rendering may still take.</summary>
    public Budget Budget => rendering.Budget;

    /// <summary>The template's name, for errors.</summary>
    public string Template => template;

    /// <summary>A scope inside this one.</summary>
    public Scope Inner() => new(template, this, new Dictionary<string, Value>(StringComparer.Ordinal), rendering);

    /// <summary>The value of a variable; undefined where no scope has it.</summary>
    public Value Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Variables.TryGetValue(name, out var value))
                return value;
            rendering.Budget.Spend(ChatTemplates.Budget.ElementCost);
        }

        return UndefinedValue.OfName(name);
    }

    /// <summary>Sets a variable of this scope.</summary>
    public void Set(string name, Value value) => variables[name] = value;

    /// <summary>Makes an error with its place of one without.</summary>
    public ChatTemplateException At(Position position, EvaluationException error) =>
        new(error.Message, template, position.Line, position.Column, error.RaisedByTemplate, error.IsLimit);

    private Scope? Parent => parent;

    private Dictionary<string, Value> Variables => variables;
}
