using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;
using Spectre.Console;

namespace LayerGrad.Cli.Progress;

/// <summary>A bar with examples, speed and time left, drawn on standard error.</summary>
internal sealed class TerminalDisplay(TimeProvider clock) : IMeasureDisplay
{
    public TSummary Show<TSummary>(Func<IKernelObserver?, TSummary> measure)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var speed = new MeasureSpeed(clock);
        return console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new TextColumn(() => speed.Done),
                new TextColumn(() => speed.Speed), new TextColumn(() => speed.TimeLeft))
            .Start(context => measure(new Observer(console, context.AddTask("loading the model", autoStart: true), speed)));
    }

    private sealed class Observer(IAnsiConsole console, ProgressTask task, MeasureSpeed speed) : IKernelObserver
    {
        public void Planned(KernelPlan plan) => console.WriteLine(MeasureSpeed.Describe(plan));

        public void Started(MeasurePlan plan)
        {
            speed.Start(plan);
            console.WriteLine(MeasureSpeed.Describe(plan));
            task.Description = "measuring";
            task.MaxValue = Math.Max(1, plan.Tokens);
        }

        public void Advanced(MeasureProgress progress)
        {
            speed.Add(progress);
            task.Value = progress.Tokens;
        }

        public void Compared(int weights, int of)
        {
            speed.Add(weights, of);
            (task.Description, task.MaxValue, task.Value) = ("inner products", of, weights);
        }
    }
}
