namespace LayerGrad.Analysis.Output;

/// <summary>A table of a comparison, ready to be printed.</summary>
/// <param name="Name">A short name for files and cross-references, such as <c>mad</c>.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Caption">How to read it.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows, a text for each column.</param>
internal sealed record ResultTable(string Name, string Title, string Caption, IReadOnlyList<ResultColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>A column of a table.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="IsNumber">Whether it holds numbers, which stand to the right.</param>
internal sealed record ResultColumn(string Heading, bool IsNumber);
