using System.Globalization;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Slurm;

/// <summary>Writes the scripts that <c>sbatch</c> takes.</summary>
internal static class SlurmScript
{
    private const string Directives = "{directives}";
    private const string Command = "{command}";

    private const string Plain =
        """
        #!/bin/bash
        {directives}
        {command}

        """;

    /// <summary>The script of a job array.</summary>
    public static string ArrayOf(Study study, SlurmOptions options, IReadOnlyList<int> tasks, string folder, string command)
    {
        var limit = options.ArrayLimit is { } most ? string.Create(CultureInfo.InvariantCulture, $"%{most}") : "";
        List<string> directives =
        [
            .. Common(study, options, Path.Combine(folder, "logs", "%A_%a.log")),
            $"#SBATCH --array={Ranges(tasks)}{limit}",
            string.Create(CultureInfo.InvariantCulture, $"#SBATCH --cpus-per-task={options.Cores}"),
        ];
        if (options.Gpus is { } gpus)
            directives.Add($"#SBATCH --gres=gpu:{gpus}");
        if (options.Time is { } time)
            directives.Add($"#SBATCH --time={time}");
        return Fill(options, directives, command);
    }

    /// <summary>The script of the job that merges and analyses once the array has ended, however its tasks ended.</summary>
    public static string FinishOf(Study study, SlurmOptions options, string dependency, string folder, string command) => Fill(
        options, [.. Common(study, options, Path.Combine(folder, "logs", "%j.finish.log")), $"#SBATCH --dependency=afterany:{dependency}"], command);

    /// <summary>Numbers as <c>sbatch --array</c> takes them: <c>0-3,7</c>.</summary>
    internal static string Ranges(IReadOnlyList<int> numbers)
    {
        var parts = new List<string>();
        for (var i = 0; i < numbers.Count;)
        {
            var j = i;
            while (j + 1 < numbers.Count && numbers[j + 1] == numbers[j] + 1)
                j++;
            parts.Add(i == j ? FormattableString.Invariant($"{numbers[i]}") : FormattableString.Invariant($"{numbers[i]}-{numbers[j]}"));
            i = j + 1;
        }

        return string.Join(',', parts);
    }

    /// <summary>A task that its node loses is queued again by Slurm, and goes on in the same log.</summary>
    private static List<string> Common(Study study, SlurmOptions options, string log)
    {
        List<string> directives = [$"#SBATCH --job-name={JobName(study)}", $"#SBATCH --output={log}", "#SBATCH --open-mode=append", "#SBATCH --requeue"];
        if (options.Partition is { } partition)
            directives.Add($"#SBATCH --partition={partition}");
        return directives;
    }

    private static string JobName(Study study) => string.Concat(study.Name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));

    private static string Fill(SlurmOptions options, IEnumerable<string> directives, string command)
    {
        var template = Plain;
        if (options.Template is { } path)
        {
            try
            {
                template = File.ReadAllText(InputFile.Require(path));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"--template {path}: cannot be read ({error.Message}).", error);
            }

            foreach (var mark in (string[])[Directives, Command])
            {
                if (!template.Contains(mark, StringComparison.Ordinal))
                    throw new InputException($"--template {path}: the script needs {mark} in it; the plain template is \"#!/bin/bash\", {Directives} and {Command}, a line each.");
            }
        }

        return template.Replace(Directives, string.Join('\n', directives), StringComparison.Ordinal).Replace(Command, command, StringComparison.Ordinal);
    }
}
