namespace LayerGrad.Data.Sources;

/// <summary>
/// The chain-of-thought files of the FLAN collection (Longpre et al. 2023, arXiv:2301.13688), from which the study
/// took these six datasets: a record a line; instruction, answer and rationale apart by tabs.
/// </summary>
internal sealed class FlanSource(string name) : IQuestionSource
{
    public string Name { get; } = name;

    public IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random)
    {
        foreach (var file in files)
        {
            var line = 0;
            foreach (var text in File.ReadLines(InputFile.Require(file)))
            {
                line++;
                var fields = text.Split('\t');
                if (fields.Length != 3)
                    throw new InputException($"{file}:{line}: {fields.Length} fields apart by tabs; a record of FLAN's chain-of-thought data has 3.");
                yield return new Question(fields[0], fields[1], fields[2], null);
            }
        }
    }
}
