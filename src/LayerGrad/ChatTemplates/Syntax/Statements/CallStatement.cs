using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>call(parameters) macro(arguments)</c>: calls with the body as <c>caller</c>.</summary>
internal sealed class CallStatement(Position position, CallExpression call, MacroBody caller) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        scope.Rendering.Write(output, call.EvaluateWithCaller(scope, caller.Bind("caller", scope)).Text);
        return Flow.Next;
    }
}
