using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>callee(arguments)</c>.</summary>
internal sealed class CallExpression(Position position, Expression callee, ArgumentList arguments) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        var name = callee switch
        {
            NameExpression variable => variable.Name,
            AttributeExpression attribute => attribute.Name,
            _ => "function",
        };
        return callee.Evaluate(scope).Call(arguments.Evaluate(name, scope));
    }

    /// <summary>Calls with the body of a <c>call</c> statement as <c>caller</c>.</summary>
    public Value EvaluateWithCaller(Scope scope, Value caller)
    {
        try
        {
            return callee.Evaluate(scope).Call(arguments.Evaluate("macro", scope, KeyValuePair.Create("caller", caller)));
        }
        catch (EvaluationException error)
        {
            throw scope.At(Position, error);
        }
    }
}
