namespace LayerGrad.Examples;

/// <summary>A dataset on standard input.</summary>
internal static class StandardInput
{
    /// <summary>How the user names it.</summary>
    public const string Name = "-";

    /// <summary>Reads standard input to its end.</summary>
    /// <param name="spool">Where it is kept; null to hold it in memory.</param>
    /// <returns>The dataset. Where nothing is given and a run kept what it was given before, that.</returns>
    /// <exception cref="InputException">Nothing is given, or something else than a run was begun with.</exception>
    public static DatasetSource Read(InputSpool? spool)
    {
        using var input = Console.IsInputRedirected ? Console.OpenStandardInput() : Stream.Null;
        return Read(spool, input);
    }

    /// <summary>Reads a stream in its place.</summary>
    internal static DatasetSource Read(InputSpool? spool, Stream input)
    {
        if (spool is not null)
            return Keep(spool, input);
        using var copy = new MemoryStream();
        input.CopyTo(copy);
        var bytes = copy.Length > 0 ? copy.ToArray() : throw Nothing();
        return new DatasetSource(Name, [new DatasetPart("standard input", () => new MemoryStream(bytes, writable: false))]);
    }

    private static DatasetSource Keep(InputSpool spool, Stream input)
    {
        var fresh = spool.Path + ".new";
        try
        {
            WholeFile.Write(fresh, input.CopyTo);
            if (new FileInfo(fresh).Length == 0 && !File.Exists(spool.Path))
                throw Nothing();
            var isSame = File.Exists(spool.Path) && (new FileInfo(fresh).Length == 0 || FileIdentity.Of(fresh) == FileIdentity.Of(spool.Path));
            if (!isSame && File.Exists(spool.Path) && File.Exists(spool.RunFile))
                throw new InputException($"{spool.RunFile}: this run was begun with other data on standard input, which {spool.Path} keeps; give the same or nothing, or name another --out.");
            if (!isSame)
                File.Move(fresh, spool.Path, overwrite: true);
            return new DatasetSource(Name, [DatasetPart.OnDisk(spool.Path) with { Name = "standard input" }]);
        }
        finally
        {
            FileFailure.Delete(fresh);
        }
    }

    private static InputException Nothing() => new("--data -: nothing came on standard input; pipe a dataset into the command.");
}
