using System.Runtime.InteropServices;
using LayerGrad.Compute.Native;

namespace LayerGrad.Cli;

/// <summary>
/// Ctrl-C (SIGINT) and SIGTERM while a command works: the first asks it to finish what it is writing, and ends the process where that takes longer than
/// a moment (a library's routine is not interrupted, and what is whole on the disk is kept whenever a process ends); the second ends it at once.
/// The exit status is 128 and the signal's number, as that of a process that a signal ends.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The exit status after Ctrl-C.</summary>
    public const int Interrupted = 128 + 2;

    /// <summary>The exit status after SIGTERM.</summary>
    public const int Terminated = 128 + 15;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1.4);

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private readonly Func<string?> _message;
    private int _status;
    private int _told;
    private volatile bool _ended;

    /// <summary>Listens for signals until it is disposed of.</summary>
    /// <param name="message">The line that is told when the command has been interrupted: what is kept, and how to go on; null to tell nothing.</param>
    public Interruption(Func<string?> message)
    {
        _message = message;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <inheritdoc cref="Interruption(Func{string})"/>
    public Interruption(string message) : this(() => message)
    {
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Runs a command that can be interrupted.</summary>
    /// <param name="message">As in <see cref="Interruption(Func{string})"/>.</param>
    /// <param name="run">The command; returns its exit status.</param>
    /// <returns>The command's exit status, or that of an interruption.</returns>
    public static int Guard(string message, Func<CancellationToken, int> run)
    {
        using var interruption = new Interruption(message);
        try
        {
            return run(interruption.Token);
        }
        catch (OperationCanceledException)
        {
            return interruption.Conclude();
        }
    }

    /// <summary>Tells that the command was interrupted.</summary>
    /// <returns>The exit status.</returns>
    public int Conclude()
    {
        Tell();
        return _status == 0 ? Interrupted : _status;
    }

    /// <summary>Asks the command to end, as a signal does.</summary>
    /// <param name="status">The exit status where it does not within a moment.</param>
    public void Request(int status)
    {
        if (_ended)
            return;
        if (Interlocked.CompareExchange(ref _status, status, 0) != 0)
        {
            ProcessEnd.Now(status);
            return;
        }

        new Thread(EndInTime) { IsBackground = true, Name = "LayerGrad interruption" }.Start();
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command has ended in this moment.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended = true;
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_ended)
            return;
        context.Cancel = true;
        Request(context.Signal == PosixSignal.SIGINT ? Interrupted : Terminated);
    }

    private void EndInTime()
    {
        Thread.Sleep(s_patience);
        if (_ended)
            return;
        Tell();
        ProcessEnd.Now(_status);
    }

    private void Tell()
    {
        if (Interlocked.Exchange(ref _told, 1) != 0 || _message() is not { } message)
            return;
        if (Terminal.HasBars)
            Console.Error.Write("\e[?25h"); // a bar hides the cursor while it is drawn
        Terminal.Tell($"layergrad: {message}");
    }
}
