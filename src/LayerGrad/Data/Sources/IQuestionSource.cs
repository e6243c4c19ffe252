namespace LayerGrad.Data.Sources;

/// <summary>A published dataset of questions with answers and rationales.</summary>
internal interface IQuestionSource
{
    /// <summary>The name by which the command line and the file names know it.</summary>
    string Name { get; }

    /// <summary>Reads the source's own files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="random">Chooses where the study worded records in one of several ways.</param>
    /// <exception cref="InputException">A record lacks what the source's format promises.</exception>
    IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random);
}
