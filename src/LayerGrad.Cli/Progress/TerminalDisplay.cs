using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;
using Spectre.Console;

namespace LayerGrad.Cli.Progress;

/// <summary>A bar with examples, speed and time left, drawn on standard error.</summary>
internal sealed class TerminalDisplay(TimeProvider clock) : IMeasureDisplay
{
    public TSummary Show<TSummary>(Func<IKernelObserver?, TSummary> measure)
    {
        var console = Terminal.CreateForErrors();
        var speed = new MeasureSpeed(clock);
        return console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new TextColumn(() => speed.Done),
                new TextColumn(() => speed.Speed), new TextColumn(() => speed.TimeLeft))
            .Start(context => measure(new Observer(console, context.AddTask("loading the model", autoStart: true), speed)));
    }

    private sealed class Observer(IAnsiConsole console, ProgressTask task, MeasureSpeed speed) : IKernelObserver
    {
        public void Planned(KernelPlan plan) => Tell(MeasureSpeed.Describe(plan));

        public void Started(MeasurePlan plan)
        {
            speed.Start(plan);
            Tell(MeasureSpeed.Describe(plan));
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

        private void Tell(IEnumerable<string> lines)
        {
            foreach (var line in lines)
                console.Write(new LineAboveBar(line));
        }
    }
}
