namespace LayerGrad;

/// <summary>The one place where it is checked that a command does not write over what it reads.</summary>
internal static class OutputPlaces
{
    /// <summary>Refuses outputs that are among the inputs, by whatever links.</summary>
    /// <param name="option">The option that names the output, for the error.</param>
    /// <param name="outputs">Every file that the command will write or replace; what the user named stands first.</param>
    /// <param name="inputs">Every file that it reads. One that is not there counts too: it may be made by the first output.</param>
    /// <exception cref="InputException">An output is an input.</exception>
    public static void Check(string option, IEnumerable<string> outputs, IEnumerable<string> inputs)
    {
        string[] written = [.. outputs];
        FilePlace[] places = [.. written.Select(path => new FilePlace(path))];
        foreach (var input in inputs)
        {
            var place = new FilePlace(input);
            var same = Array.FindIndex(places, place.Is);
            if (same < 0)
                continue;
            var what = written[same] == input ? $"the command reads {input}" : $"{written[same]} is {input}, which the command reads";
            throw new InputException($"{option} {written[0]}: would write over what it reads: {what}; name another one.");
        }
    }
}
