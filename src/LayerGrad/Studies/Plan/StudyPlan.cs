using System.Globalization;
using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Json;
using LayerGrad.Measuring;
using LayerGrad.Runs;

namespace LayerGrad.Studies.Plan;

/// <summary>
/// What all processes that work on a study must agree on, so that they cut the data into the same packing windows and
/// give chat templates the same date; fixed when the study is first started, in <c>plan.json</c> of its folder.
/// </summary>
/// <param name="Memory">The memory budget of each process, in bytes.</param>
/// <param name="Date">The date that chat templates see.</param>
internal sealed record StudyPlan(long Memory, DateOnly Date)
{
    /// <summary>The file of a study's plan.</summary>
    public static string PathOf(Study study) => Path.Combine(study.Folder, "plan.json");

    /// <summary>The plan of a study that was started before; null for a new one.</summary>
    public static StudyPlan? Find(Study study)
    {
        var path = PathOf(study);
        if (!File.Exists(path))
            return null;
        var root = ForeignJson.ReadOwn(path);
        return new StudyPlan(root.Require("memory").AsLong(1), RunMetadataJson.ReadDate(root.Require(RunKeys.Metadata.Date)));
    }

    /// <summary>The plan of a study: the one it was started with, or a new one, which is written down.</summary>
    /// <param name="study">The study.</param>
    /// <param name="processes">How many processes will share this machine's memory.</param>
    public static StudyPlan Fix(Study study, int processes)
    {
        if (Find(study) is { } plan && Keeps(study, plan))
            return plan;
        plan = Propose(study, processes);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("memory", plan.Memory);
            json.WriteString(RunKeys.Metadata.Date, plan.Date.ToString(RunMetadataJson.DateFormat, CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        WholeFile.Write(PathOf(study), stream.ToArray());
        return plan;
    }

    /// <summary>Whether a plan is still what the study asks for. One under which runs were begun must be.</summary>
    private static bool Keeps(Study study, StudyPlan plan)
    {
        var memory = study.Measure.Memory ?? plan.Memory;
        var date = study.Measure.Measurement.Date ?? plan.Date;
        if (memory == plan.Memory && date == plan.Date)
            return true;
        if (study.Cells.SelectMany(cell => StudyUnit.Of(study, cell)).FirstOrDefault(unit => File.Exists(new RunPaths(unit.Run).Metadata)) is not { } begun)
            return false;
        throw new InputException(
            $"{study.Path}: {begun.Run} was begun with memory {ByteSize.Format(plan.Memory)} and date {plan.Date:yyyy-MM-dd}, and all runs of a study share them; give the same in measure, or another 'out'.");
    }

    /// <summary>The plan that a new study would get now.</summary>
    internal static StudyPlan Propose(Study study, int processes) => new(
        study.Measure.Memory ?? DeviceFactory.DefaultBudget(study.Measure.Device) / LocalGpus.SharersOfMemory(study.Measure.Device, processes),
        study.Measure.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today));

    /// <summary>The options of <c>measure</c> for one unit of work.</summary>
    internal MeasureRunOptions OptionsOf(Study study, StudyUnit unit, int? threads) => study.MeasureOf(unit.Cell.Dataset) with
    {
        Model = unit.Cell.Model.Path,
        Adapter = unit.Cell.Model.Adapter,
        Measurement = study.Measure.Measurement with
        {
            Chat = unit.Cell.Model.Chat,
            Template = unit.Cell.Model.Template,
            TokenizerRules = unit.Cell.Model.TokenizerRules ?? study.Measure.Measurement.TokenizerRules,
            Date = unit.Cell.Model.Chat ? Date : null,
        },
        Data = unit.Cell.Data.Path,
        Out = unit.Run,
        Shard = unit.Shard,
        Memory = Memory,
        Threads = threads ?? study.Measure.Threads,
    };
}
