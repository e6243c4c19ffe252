namespace LayerGrad;

/// <summary>Something fails that the user did not give: a server, a disk. Where it stands behind an error, the exit status is 1 and not 2.</summary>
internal class MachineException : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="message">One line that says what failed.</param>
    /// <param name="innerException">What revealed it.</param>
    public MachineException(string message, Exception? innerException = null) : base(OneLine.Of(message), innerException)
    {
    }

    /// <summary>Whether the machine, or one that was asked, failed, and not what the user gave: a full disk, a hub that is out of reach.</summary>
    /// <param name="error">An error; what stands behind it is looked at too.</param>
    public static bool IsBehind(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is MachineException || FileFailure.IsOfDisk(error))
                return true;
        }

        return false;
    }
}
