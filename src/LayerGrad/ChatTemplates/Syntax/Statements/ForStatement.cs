using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>for target in items if condition</c> with its <c>else</c>, which runs where there was nothing to iterate over.</summary>
internal sealed class ForStatement(Position position, Target target, Expression items, Expression? condition, IReadOnlyList<Statement> body, IReadOnlyList<Statement> otherwise) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        var chosen = Chosen(scope);
        if (chosen.Count == 0)
            return ExecuteAll(otherwise, scope.Inner(), output);
        var loop = new LoopValue(chosen);
        for (; loop.Index < chosen.Count; loop.Index++)
        {
            scope.Budget.Step();
            var inner = scope.Inner();
            inner.Set("loop", loop);
            target.Assign(inner, chosen[loop.Index]);
            if (ExecuteAll(body, inner, output) == Flow.Break)
                break;
        }

        return Flow.Next;
    }

    private List<Value> Chosen(Scope scope)
    {
        var chosen = new List<Value>();
        var all = items.Evaluate(scope);
        scope.Budget.Spend(all);
        foreach (var item in all.Elements())
        {
            if (condition is not null)
            {
                var inner = scope.Inner();
                target.Assign(inner, item);
                if (!condition.Evaluate(inner).IsTrue)
                    continue;
            }

            chosen.Add(item);
        }

        return chosen;
    }
}
