namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary>Where execution goes on after a statement.</summary>
internal enum Flow
{
    /// <summary>At the next statement.</summary>
    Next,

    /// <summary>After the innermost loop.</summary>
    Break,

    /// <summary>At the innermost loop's next iteration.</summary>
    Continue,
}
