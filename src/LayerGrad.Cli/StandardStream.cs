using System.Text;

namespace LayerGrad.Cli;

/// <summary>
/// Standard output or standard error. What standard output does not take (a full disk) is an error of one line; what standard error does not take is left
/// untold, for there is nowhere to tell it.
/// </summary>
/// <param name="inner">The stream as the system gives it.</param>
/// <param name="mayFail">Whether a failure is left untold.</param>
internal sealed class StandardStream(TextWriter inner, bool mayFail) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts both in the place of the console's.</summary>
    public static void Install()
    {
        Console.SetOut(new StandardStream(Console.Out, mayFail: false));
        Console.SetError(new StandardStream(Console.Error, mayFail: true));
    }

    /// <inheritdoc/>
    public override void Write(char value) => Try(value, static (writer, text) => writer.Write(text));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try((buffer, index, count), static (writer, text) => writer.Write(text.buffer, text.index, text.count));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(value, static (writer, text) => writer.Write(text));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(value, static (writer, text) => writer.WriteLine(text));

    /// <inheritdoc/>
    public override void Flush() => Try(0, static (writer, _) => writer.Flush());

    private void Try<TText>(TText text, Action<TextWriter, TText> write)
    {
        try
        {
            write(inner, text);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            if (!mayFail)
                throw new MachineException($"standard output cannot be written: {(error is UnauthorizedAccessException ? "it is closed" : FileFailure.Reason(error))}", error);
        }
    }
}
