using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LayerGrad.Cli.Progress;
using LayerGrad.Runs;
using LayerGrad.Studies;
using LayerGrad.Studies.Plan;
using LayerGrad.Studies.Slurm;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad study</c>: models × datasets × settings × variants, from one file to tables, figures and a report.</summary>
internal static class StudyCommand
{
    private static readonly Argument<string> s_file = new("STUDY.yaml") { Description = "The study; studies/quick.yaml is one." };
    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Say what would be measured and what it would take, and stop." };
    private static readonly Option<bool> s_status = new("--status") { Description = "Show how far every run is, and stop." };
    private static readonly Option<int> s_jobs = new("--jobs") { Description = "Processes side by side on this machine.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> s_threads = new("--threads") { Description = "Processor threads of each process.", HelpName = "N" };
    private static readonly Option<bool> s_quiet = new("--quiet") { Description = "Say only what fails." };
    private static readonly Option<string?> s_submit = new("--submit") { Description = "Submit to a cluster instead: slurm.", HelpName = "slurm" };
    private static readonly Option<string?> s_partition = new("--partition") { Description = "Cluster: the partition.", HelpName = "NAME" };
    private static readonly Option<string?> s_gpus = new("--gpus") { Description = "Cluster: the GPU of each task, 1 or TYPE:1.", HelpName = "GPU" };
    private static readonly Option<string?> s_time = new("--time") { Description = "Cluster: the time limit of each task.", HelpName = "HH:MM:SS" };
    private static readonly Option<int?> s_arrayLimit = new("--array-limit") { Description = "Cluster: tasks at once.", HelpName = "N" };
    private static readonly Option<int> s_cores = new("--cores") { Description = "Cluster: processor cores of each task.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> s_shards = new("--shards") { Description = "Cluster: tasks that a run is divided into.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> s_template = new("--template") { Description = "Cluster: a job script with {directives} and {command}, for options of the site.", HelpName = "FILE" };
    private static readonly Option<bool> s_worker = new("--worker") { Description = "Runs one cell for the process that started it.", Hidden = true };
    private static readonly Option<int?> s_task = new("--task") { Description = "The array task that runs.", Hidden = true };
    private static readonly Option<bool> s_finish = new("--finish") { Description = "Merge and make results of what is complete, without measuring." };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command("study", "Measure a whole study and make its tables, figures and report; started again, it goes on.\n\nExample: layergrad study studies/quick.yaml --jobs 2")
        {
            s_file, s_dryRun, s_status, s_jobs, s_threads, s_quiet, s_submit, s_partition, s_gpus, s_time, s_arrayLimit, s_cores, s_shards, s_template, s_finish, s_worker, s_task,
        };
        s_submit.AcceptOnlyFromAmong("slurm");
        foreach (var option in (Option[])[s_jobs, s_cores, s_shards, s_arrayLimit, s_threads])
            option.Validators.Add(AtLeastOne);
        command.SetAction(Run);
        return command;
    }

    private static void AtLeastOne(OptionResult option)
    {
        if (option.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value < 1)
            option.AddError($"{option.Option.Name} {token.Value}: must be at least 1.");
    }

    /// <summary>Notes template arguments that change nothing, of the models that are on this machine.</summary>
    private static void NoteUnread(Study study)
    {
        foreach (var model in study.Cells.Select(cell => cell.Model).Distinct().Where(model => model.IsLocal))
            TemplateOptions.NoteUnread(model.Template, model.Chat, model.Path);
    }

    private static int Run(ParseResult arguments)
    {
        using var interruption = new Interruption(() => arguments.GetValue(s_worker) ? null : "interrupted; start the study again to go on from there.");
        try
        {
            return RunAsync(arguments, interruption).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return interruption.Conclude();
        }
    }

    private static async Task<int> RunAsync(ParseResult arguments, Interruption interruption)
    {
        var cancel = interruption.Token;
        var study = Study.Load(arguments.GetRequiredValue(s_file));
        var display = new StudyDisplay(arguments.GetValue(s_quiet));
        if (arguments.GetValue(s_status))
        {
            StudyTables.ShowStatus(study);
            return CommandLine.Done;
        }

        if (arguments.GetValue(s_dryRun))
        {
            StudyTables.ShowEstimate(await StudyEstimator.EstimateAsync(study, arguments.GetValue(s_jobs), cancel));
            return CommandLine.Done;
        }

        if (arguments.GetValue(s_task) is { } task)
            return StudyWork.RunTask(study, task, arguments.GetValue(s_threads), display, cancel) ? CommandLine.Done : CommandLine.Failed;
        if (arguments.GetValue(s_worker))
            return Work(study, arguments, display, interruption);
        if (arguments.GetValue(s_finish))
            return Conclude(study, display, cancel);

        if (!arguments.GetValue(s_quiet))
            NoteUnread(study);
        if (arguments.GetValue(s_submit) is not null)
            SlurmGpus.Check(study, arguments.GetValue(s_gpus));
        var jobs = arguments.GetValue(s_jobs);
        using var held = RunLock.TakeStudy(study.Folder); // Workers, tasks and --finish go without: they stand under it, or measure nothing.
        var plan = await StudyWork.PrepareAsync(study, jobs, display, cancel);
        if (arguments.GetValue(s_submit) is not null)
            return SubmitToSlurm(study, arguments, display, cancel);
        if (jobs == 1)
            StudyWork.RunAll(study, plan, arguments.GetValue(s_threads), display, cancel);
        else
            await LocalWorkers.RunAsync(ProgramCommand.Current, study, jobs, arguments.GetValue(s_threads) ?? Math.Max(1, Environment.ProcessorCount / jobs), arguments.GetValue(s_quiet), Terminal.Tell, cancel);
        return Conclude(study, display, cancel);
    }

    /// <summary>A worker ends when its parent does: then its standard input closes.</summary>
    private static int Work(Study study, ParseResult arguments, StudyDisplay display, Interruption interruption)
    {
        var watch = new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
                // Only the end matters.
            }

            interruption.Request(Interruption.Terminated);
        })
        { IsBackground = true };
        watch.Start();
        var plan = StudyPlan.Find(study) ?? throw new InputException($"{StudyPlan.PathOf(study)} is missing; start the study without --worker.");
        return StudyWork.RunAll(study, plan, arguments.GetValue(s_threads), display, interruption.Token) == 0 ? CommandLine.Done : CommandLine.Failed;
    }

    private static int Conclude(Study study, StudyDisplay display, CancellationToken cancel)
    {
        var open = StudyWork.Finish(study, ComparisonText.Plain, display, cancel);
        if (open.Count == 0)
            return CommandLine.Done;
        foreach (var cell in open.Where(cell => cell.Error is not null))
            Terminal.Tell($"layergrad: {cell.Cell.Id} failed: {cell.Error}");
        Terminal.Tell($"layergrad: {open.Count} of {study.Cells.Count} runs are not complete; see --status, and start the study again to go on.");
        return CommandLine.Failed;
    }

    private static int SubmitToSlurm(Study study, ParseResult arguments, StudyDisplay display, CancellationToken cancel)
    {
        var submission = SlurmCluster.Submit(
            study,
            new SlurmOptions
            {
                Partition = arguments.GetValue(s_partition),
                Gpus = arguments.GetValue(s_gpus),
                Time = arguments.GetValue(s_time),
                ArrayLimit = arguments.GetValue(s_arrayLimit),
                Cores = arguments.GetValue(s_cores),
                Shards = arguments.GetValue(s_shards),
                Template = arguments.GetValue(s_template),
            },
            ProgramCommand.Current);
        if (submission.Array is { } array)
        {
            Terminal.Print($"submitted job {array} with {Wording.Of(submission.Tasks, "task")}, and job {submission.Finish} that merges and analyses; {submission.Done} tasks are done, {submission.Active} in the queue already");
            return CommandLine.Done;
        }

        if (submission.Active > 0)
        {
            Terminal.Print($"nothing to submit: {submission.Done} tasks are done, {submission.Active} in the queue");
            return CommandLine.Done;
        }

        Terminal.Print($"nothing to submit: all {submission.Done} tasks are done; making the results here");
        return Conclude(study, display, cancel);
    }
}
