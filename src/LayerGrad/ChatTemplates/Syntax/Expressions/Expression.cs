using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>A part of a template that has a value. Each kind holds its syntax and its evaluation side by side.</summary>
internal abstract class Expression(Position position)
{
    /// <summary>Where it stands.</summary>
    public Position Position => position;

    /// <summary>Its value in a scope.</summary>
    /// <exception cref="ChatTemplateException">It has none; with the place of the innermost expression that failed.</exception>
    public Value Evaluate(Scope scope)
    {
        try
        {
            scope.Budget.Enter();
            return Compute(scope);
        }
        catch (EvaluationException error)
        {
            throw scope.At(position, error);
        }
        finally
        {
            scope.Budget.Leave();
        }
    }

    /// <summary>Computes the value; errors have no place yet.</summary>
    protected abstract Value Compute(Scope scope);
}
