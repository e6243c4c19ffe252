namespace LayerGrad.ChatTemplates;

/// <summary>
/// An operation on template values that is not defined. It knows no place; the innermost expression or statement
/// being evaluated adds its own and makes a <see cref="ChatTemplateException"/> of it.
/// </summary>
internal sealed class EvaluationException(string reason, bool raisedByTemplate = false, bool isLimit = false) : Exception(reason)
{
    /// <summary>Whether the template called <c>raise_exception</c>.</summary>
    public bool RaisedByTemplate { get; } = raisedByTemplate;

    /// <summary>Whether the template took more than its <see cref="Budget"/>.</summary>
    public bool IsLimit { get; } = isLimit;
}
