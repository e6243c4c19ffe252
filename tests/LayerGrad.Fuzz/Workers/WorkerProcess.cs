using System.Diagnostics;
using System.IO.Pipes;
using System.Text;

namespace LayerGrad.Fuzz.Workers;

/// <summary>
/// A process that reads inputs, watched from outside: what it takes of time and memory, and whether it lives. When it dies or is killed, the next input gets another.
/// </summary>
/// <param name="target">The name of the target.</param>
/// <param name="limits">What an input may take.</param>
internal sealed class WorkerProcess(string target, Limits limits) : IDisposable
{
    private const int TailLength = 4_000;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly string _input = Path.Combine(Path.GetTempPath(), $"layergrad-fuzz-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private readonly StringBuilder _errors = new();
    private AnonymousPipeServerStream? _pipe;
    private BinaryReader? _answers;
    private Process? _process;
    private bool _isWarm;

    /// <summary>Gives the worker an input and waits for what becomes of it.</summary>
    public Verdict Try(byte[] input)
    {
        File.WriteAllBytes(_input, input);
        if (_process is null or { HasExited: true })
            Start();
        var process = _process!;
        try
        {
            process.StandardInput.WriteLine(_input);
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            return Died(process);
        }

        var answer = Task.Run(ReadAnswer);
        var clock = Stopwatch.StartNew();
        var before = Memory(process);
        var spent = _isWarm ? Time(process) : TimeSpan.Zero;
        while (!answer.Wait(s_look))
        {
            if (process.HasExited)
                return Died(process);
            if (Memory(process) - before > limits.Memory + input.Length)
                return Killed(process, $"memory: more than {limits.Memory >> 20} MiB beside the input");
            // On a busy machine the clock runs while nothing is done: what counts is the processor's time.
            if (Time(process) - spent > limits.Time || clock.Elapsed > limits.Time * 6)
                return Killed(process, $"time: more than {limits.Time.TotalSeconds:0.#} s");
        }

        _isWarm = true;
        return answer.Result ?? Died(process);
    }

    public void Dispose()
    {
        Stop();
        File.Delete(_input);
    }

    private void Start()
    {
        Stop();
        _pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        var start = new ProcessStartInfo("dotnet", [typeof(WorkerProcess).Assembly.Location, "--worker", target, _pipe.GetClientHandleAsString()])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = (limits.Memory + (512L << 20)).ToString("X", null);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["HF_HUB_OFFLINE"] = "1";
        start.Environment["NO_COLOR"] = "1";
        lock (_errors)
            _errors.Clear();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _pipe.DisposeLocalCopyOfClientHandle();
        _answers = new BinaryReader(_pipe);
        _isWarm = false;
    }

    private void Stop()
    {
        if (_process is { HasExited: false } running)
        {
            running.StandardInput.Close();
            if (!running.WaitForExit(TimeSpan.FromSeconds(2)))
                running.Kill(entireProcessTree: true);
        }

        _process?.Dispose();
        _answers?.Dispose();
        _pipe?.Dispose();
        _process = null;
    }

    private void Keep(string? line)
    {
        lock (_errors)
        {
            if (_errors.Length < TailLength)
                _errors.Append(line).Append('\n');
        }
    }

    private Verdict? ReadAnswer()
    {
        try
        {
            return new Verdict((Outcome)_answers!.ReadByte(), _answers.ReadString());
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return null; // It died.
        }
    }

    private Verdict Died(Process process)
    {
        process.WaitForExit();
        lock (_errors)
            return Verdict.Finding($"the process died with status {process.ExitCode}\n{_errors}");
    }

    private static Verdict Killed(Process process, string why)
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return Verdict.Finding(why);
    }

    private static TimeSpan Time(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            return TimeSpan.Zero; // It ended just now, which is seen next.
        }
    }

    private static long Memory(Process process)
    {
        try
        {
            process.Refresh();
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // As above.
        }
    }
}
