using System.Text;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary>A part of a template that writes text or sets variables. Each kind holds its syntax and its execution side by side.</summary>
internal abstract class Statement(Position position)
{
    /// <summary>Where it stands.</summary>
    public Position Position => position;

    /// <summary>Executes it.</summary>
    /// <param name="scope">The variables that it sees.</param>
    /// <param name="output">What it writes to.</param>
    /// <exception cref="ChatTemplateException">It fails; with the place of the innermost part that failed.</exception>
    public Flow Execute(Scope scope, StringBuilder output)
    {
        try
        {
            scope.Budget.Enter();
            return Run(scope, output);
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

    /// <summary>Executes statements in order, until one breaks or continues a loop.</summary>
    public static Flow ExecuteAll(IReadOnlyList<Statement> body, Scope scope, StringBuilder output)
    {
        foreach (var statement in body)
        {
            var flow = statement.Execute(scope, output);
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    /// <summary>The text that statements write.</summary>
    public static string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        var text = new StringBuilder();
        ExecuteAll(body, scope, text);
        return text.ToString();
    }

    /// <summary>Does the work; errors have no place yet.</summary>
    protected abstract Flow Run(Scope scope, StringBuilder output);
}
