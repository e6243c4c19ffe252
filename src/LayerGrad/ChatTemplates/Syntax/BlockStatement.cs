using System.Text;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>A block whose tags mean nothing when it is rendered: <c>generation</c>, which transformers uses to mask tokens.</summary>
internal sealed class BlockStatement(Position position, IReadOnlyList<Statement> body) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output) => ExecuteAll(body, scope, output);
}
