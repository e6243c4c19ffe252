using System.Globalization;
using System.Text;
using System.Text.Json;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Slurm;

/// <summary>What was submitted for a study: the list of tasks, and the jobs, in its folder <c>slurm</c>.</summary>
internal sealed class SlurmJournal
{
    private readonly Study _study;

    public SlurmJournal(Study study)
    {
        _study = study;
        Folder = Path.Combine(study.Folder, "slurm");
    }

    /// <summary>The folder of scripts, logs and lists.</summary>
    public string Folder { get; }

    private string TasksPath => Path.Combine(Folder, "tasks.tsv");

    private string JobsPath => Path.Combine(Folder, "jobs.jsonl");

    /// <summary>
    /// The units of all tasks: a task's number is its position here, and never changes. New ones come at the end.
    /// </summary>
    public List<StudyUnit> Tasks()
    {
        if (!File.Exists(TasksPath))
            return [];
        var cells = _study.Cells.ToDictionary(cell => cell.Id);
        var tasks = new List<StudyUnit>();
        foreach (var line in File.ReadLines(TasksPath))
        {
            var fields = line.Split('\t');
            if (fields.Length != 3 || !cells.TryGetValue(fields[0], out var cell))
                throw new InputException($"{TasksPath}:{tasks.Count + 1}: '{fields[0]}' is no cell of {_study.Path}; the study was changed since it was submitted: give it another 'out', or remove {Folder}.");
            if (!int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || !int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || index >= count)
                throw new InputException($"{TasksPath}:{tasks.Count + 1}: must end with the shard's number and how many there are; restore the file, or remove {Folder}.");
            tasks.Add(count == 1 ? StudyUnit.Whole(_study, cell) : StudyUnit.ShardOf(_study, cell, new Shard(index, count)));
        }

        return tasks;
    }

    public void WriteTasks(IEnumerable<StudyUnit> tasks) => WholeFile.Write(
        TasksPath,
        string.Concat(tasks.Select(unit => string.Create(CultureInfo.InvariantCulture, $"{unit.Cell.Id}\t{unit.Shard?.Index ?? 0}\t{unit.Shard?.Count ?? 1}\n"))));

    /// <summary>The numbers of the arrays that were submitted.</summary>
    public List<string> Jobs()
    {
        if (!File.Exists(JobsPath))
            return [];
        var jobs = new List<string>();
        foreach (var line in File.ReadLines(JobsPath))
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{JobsPath}:{jobs.Count + 1}");
            jobs.Add(ForeignJson.Parse(Encoding.UTF8.GetBytes(line), place).Text("array"));
        }

        return jobs;
    }

    /// <summary>Notes an array.</summary>
    public void Add(string array, int tasks)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("array", array);
            json.WriteNumber("tasks", tasks);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        using var file = new FileStream(JobsPath, FileMode.Append, FileAccess.Write);
        file.Write(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }
}
