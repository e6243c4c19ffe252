using System.Text;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>What one rendering of a template shares from end to end.</summary>
internal sealed class Rendering
{
    /// <summary>What it may take.</summary>
    public Budget Budget { get; } = new();

    /// <summary>The text that is put out: what stands outside all macros, blocks and filters.</summary>
    public StringBuilder Output { get; } = new();

    /// <summary>
    /// Where each <c>generation</c> block's text stands, in UTF-16 units. The start is that of the text put out so far, as transformers
    /// counts it: for a block inside a macro, a <c>set</c> or a <c>filter</c> block it is not the true place.
    /// </summary>
    public List<Range> Generations { get; } = [];

    /// <summary>Adds text to what is put out or captured.</summary>
    /// <exception cref="EvaluationException">There is too much of it.</exception>
    public void Write(StringBuilder output, string text)
    {
        Budget.Spend(text.Length);
        Budget.RefuseText((long)output.Length + text.Length);
        output.Append(text);
    }
}
