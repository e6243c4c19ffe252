using LayerGrad.Measuring;

namespace LayerGrad.Studies.Plan;

/// <summary>A whole study: models × datasets × settings × variants, how they are measured, and what is made of it.</summary>
/// <param name="Path">The YAML file.</param>
/// <param name="Name">Its name, in the headings of tables and reports.</param>
/// <param name="Folder">The folder for everything that it writes.</param>
/// <param name="Cells">Every measurement; the cells of a model stand together.</param>
/// <param name="Measure">The options of <c>measure</c>; model, data and output are the cells' own.</param>
/// <param name="Results">What is made of the runs.</param>
internal sealed record Study(string Path, string Name, string Folder, IReadOnlyList<StudyCell> Cells, MeasureRunOptions Measure, StudyResults Results)
{
    /// <summary>Reads a study and checks it: keys, names, duplicates, and that every file on this machine is there.</summary>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="InputException">Something in it is wrong; with file, line and column.</exception>
    public static Study Load(string path) => StudyReader.Read(path);

    /// <summary>The options of <c>measure</c> for a dataset: the study's, with the dataset's own limit where it has one.</summary>
    public MeasureRunOptions MeasureOf(StudyDataset dataset) => Measure with { Limit = dataset.Limit ?? Measure.Limit };

    /// <summary>The run file of a cell.</summary>
    public string RunOf(StudyCell cell) => System.IO.Path.Combine(Folder, "runs", cell.Id.Replace('/', System.IO.Path.DirectorySeparatorChar) + ".jsonl");
}
