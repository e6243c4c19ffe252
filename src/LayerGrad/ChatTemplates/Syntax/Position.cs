namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>A place in a template.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1, in UTF-16 units.</param>
internal readonly record struct Position(int Line, int Column);
