using System.Text;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>macro name(parameters)</c>: sets a variable to the macro.</summary>
internal sealed class MacroStatement(Position position, string name, MacroBody macro) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        scope.Set(name, macro.Bind(name, scope));
        return Flow.Next;
    }
}
