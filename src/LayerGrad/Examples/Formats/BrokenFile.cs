namespace LayerGrad.Examples.Formats;

/// <summary>Turns what a reader of binary files throws at bytes that make no sense into the user's error.</summary>
internal static class BrokenFile
{
    /// <summary>Reads something.</summary>
    /// <param name="name">What errors call the file or its record.</param>
    /// <param name="format">The format.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="InputException">It is broken, or holds what is not read.</exception>
    public static T Guard<T>(string name, string format, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (UnreadDataException error)
        {
            throw new InputException($"{name}: {error.Message}; write the {format} file again with other options, or as JSON Lines.", error);
        }
        catch (NotSupportedException error)
        {
            throw new InputException($"{name}: holds what is not read of the {format} format; write the file again with other options, or as JSON Lines.", error);
        }
        catch (BrokenDataException error)
        {
            throw new InputException($"{name}: the {format} data is broken ({error.Message}); fetch or write the file again.", error);
        }
        catch (Exception error) when (error is not (InputException or OperationCanceledException))
        {
            // Whatever it is: decoders of others throw what they meet (indices out of range, overflows, their own exceptions) at broken bytes.
            throw new InputException($"{name}: the {format} data is broken; fetch or write the file again.", error);
        }
    }
}
