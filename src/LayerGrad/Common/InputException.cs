namespace LayerGrad;

/// <summary>
/// Something the user gave is wrong: the command line, a file that it names, or what stands in the file.
/// The message is one line that says what is wrong, where, and what to do about it; the command line prints
/// it on standard error and ends with exit status 2.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>An error with the line that the user will read.</summary>
    /// <param name="message">What is wrong, where, and what to do about it; control characters, which may come from the file that it quotes, become blanks.</param>
    public InputException(string message) : base(OneLine.Of(message))
    {
    }

    /// <summary>An error with the line that the user will read and the exception behind it.</summary>
    /// <param name="message">What is wrong, where, and what to do about it; control characters, which may come from the file that it quotes, become blanks.</param>
    /// <param name="innerException">The exception that revealed it.</param>
    public InputException(string message, Exception innerException) : base(OneLine.Of(message), innerException)
    {
    }
}
