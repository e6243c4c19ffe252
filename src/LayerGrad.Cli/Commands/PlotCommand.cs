using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LayerGrad.Cli.Progress;
using LayerGrad.Figures;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad plot</c>: run files as figures.</summary>
internal static class PlotCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "Run files, a set each, folders of them, or patterns such as 'runs/*.jsonl'.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "The figure: FILE.svg, FILE.pdf or FILE.png.", Required = true, HelpName = "FIGURE" };
        var labels = List("--labels", "A,B,C", "The sets' names, in the order of the runs, then if you like those of --against; from the files' names otherwise.");
        var models = List("--models", "M,M,N", "The model of each run; a row of panels a model. From the runs' metadata otherwise.");
        var against = new Option<string[]>("--against") { Description = "Runs drawn dashed over RUN..., such as those with irrelevant answers; one for each RUN, or one for all.", HelpName = "RUN", AllowMultipleArgumentsPerToken = true };
        var kind = new Option<string>("--kind") { Description = "What is drawn. agreement and agreement-map take KERNEL.npy of several sets ('layergrad kernel --with') for RUN, and --labels then chooses its sets.", DefaultValueFactory = _ => "curves" };
        kind.AcceptOnlyFromAmong("curves", "heatmap", "spectra", "steps", "progress", "noise", "noise-progress", "agreement", "agreement-map");
        var metric = new Option<string>("--metric") { Description = "What is drawn of each gradient: " + string.Join(", ", Metric.All.Select(m => m.Name)) + ".", DefaultValueFactory = _ => Metric.NuclearNorm.Name, HelpName = "METRIC" };
        var ratio = new Option<bool>("--ratio") { Description = "Add a row of panels with the largest singular value over the nuclear norm." };
        var projections = List("--projections", "Q,K,V,O", "The projections to draw; all otherwise.");
        var axes = new Option<string>("--axes") { Description = "Whether the panels of a row have one vertical axis.", DefaultValueFactory = _ => "shared" };
        axes.AcceptOnlyFromAmong("shared", "free");
        var log = new Option<bool>("--log") { Description = "A logarithmic scale." };
        var width = new Option<string>("--width") { Description = "'one' column (84 mm), 'two' (174 mm), or a number of millimetres.", DefaultValueFactory = _ => "two", HelpName = "WIDTH" };
        var names = List("--against-labels", "A,B", "What solid and dashed lines are; otherwise correct and irrelevant where the runs' metadata says so, and else their labels.");
        var bootstrap = new Option<int>("--bootstrap") { Description = "Resamples behind the 95 % bands; 0 for no bands.", DefaultValueFactory = _ => 2000, HelpName = "N" };
        var seed = new Option<int>("--seed") { Description = "The seed of the resamples.", DefaultValueFactory = _ => 0, HelpName = "S" };
        var step = new Option<int?>("--step") { Description = "The training step to draw of probe runs.", HelpName = "K" };
        var dpi = new Option<int>("--dpi") { Description = "Pixels an inch of a PNG.", DefaultValueFactory = _ => 300, HelpName = "N" };
        var finishedOnly = ChosenRuns.FinishedOnly();
        var skipBad = new Option<bool>("--skip-bad") { Description = "Leave out lines that cannot be read." };
        var command = new Command("plot", "Draw run files as a figure.\n\nExample: layergrad plot none.jsonl detailed.jsonl --labels None,Detailed --out figure.pdf")
        {
            runs, output, labels, kind, metric, ratio, against, names, models, projections, axes, log, width, bootstrap, seed, step, dpi, finishedOnly, skipBad,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(output);
            FigureFile.CheckName(path);
            var resolution = InRange(result.GetValue(dpi), 30, 2400, "--dpi");
            var chosen = ChosenRuns.Find(result.GetRequiredValue(runs), result.GetValue(against), result.GetValue(finishedOnly));
            chosen.RefuseAsOutput(path);
            chosen.Tell();
            var figure = RunFigures.Create(new FigureRequest
            {
                Runs = chosen.Runs,
                Labels = chosen.Pick(result.GetValue(labels) ?? []),
                Models = chosen.Pick(result.GetValue(models) ?? []),
                Against = chosen.Against,
                Kind = Kind(result.GetRequiredValue(kind)),
                Metric = Metric.Parse(result.GetRequiredValue(metric)),
                Ratio = result.GetValue(ratio),
                Projections = result.GetValue(projections) ?? [],
                Bootstrap = InRange(result.GetValue(bootstrap), 0, 100_000, "--bootstrap"),
                Seed = result.GetValue(seed),
                Step = result.GetValue(step),
                SkipBad = result.GetValue(skipBad),
                Style = new FigureStyle
                {
                    Millimetres = Millimetres(result.GetRequiredValue(width)),
                    SharedAxes = result.GetRequiredValue(axes) == "shared",
                    Log = result.GetValue(log),
                    Names = Names(result.GetValue(names) ?? []),
                },
            });
            FigureFile.Write(figure, path, resolution);
            if (figure.LeftOut > 0)
                Terminal.Tell($"note: the logarithmic scale leaves out {Wording.Of(figure.LeftOut, "value")} that {(figure.LeftOut == 1 ? "is" : "are")} not positive");
            Terminal.Print(path);
            return CommandLine.Done;
        });
        return command;
    }

    private static Option<string[]?> List(string name, string example, string description) => new(name)
    {
        Description = description,
        HelpName = example,
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries))],
    };

    private static FigureKind Kind(string name) => name switch
    {
        "heatmap" => FigureKind.HeatMap,
        "spectra" => FigureKind.Spectra,
        "steps" => FigureKind.Steps,
        "progress" => FigureKind.Progress,
        "noise" => FigureKind.Noise,
        "noise-progress" => FigureKind.NoiseProgress,
        "agreement" => FigureKind.Agreement,
        "agreement-map" => FigureKind.AgreementMap,
        _ => FigureKind.Curves,
    };

    private static double Millimetres(string text) => text switch
    {
        "one" => FigureStyle.OneColumn,
        "two" => FigureStyle.TwoColumns,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 30 and <= 2000 => number,
        _ => throw new InputException($"--width {text}: 'one', 'two', or a number of millimetres from 30 to 2000"),
    };

    private static (string, string)? Names(string[] names) => names.Length switch
    {
        0 => null,
        2 => (names[0], names[1]),
        _ => throw new InputException($"--against-labels {string.Join(',', names)}: two names, for solid and for dashed lines"),
    };

    private static int InRange(int value, int least, int most, string option) =>
        value >= least && value <= most ? value : throw new InputException($"{option} {value}: a number from {least} to {most}");
}
