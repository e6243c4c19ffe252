namespace LayerGrad.Checkpoints.Quantized.Codes;

/// <summary>
/// The codes of a quantised tensor, a line of elements after the other whatever their order in the file. They are loaded many lines at once, since the
/// system is asked for each piece of a column, and arranged as few as stay in the cache until they are decoded.
/// </summary>
internal interface ILineCodes
{
    /// <summary>The bytes of a line's codes.</summary>
    int LineBytes { get; }

    /// <summary>How many lines are best loaded at once.</summary>
    int LinesAtOnce { get; }

    /// <summary>The bytes of neighbouring lines as they are loaded.</summary>
    /// <param name="line">The first of them.</param>
    /// <param name="count">How many.</param>
    int LoadedBytes(long line, int count);

    /// <summary>Loads neighbouring lines.</summary>
    /// <param name="line">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="loaded">Takes <see cref="LoadedBytes"/> bytes; fewer where the last line of all is shorter.</param>
    void Load(long line, int count, Span<byte> loaded);

    /// <summary>Puts some of the loaded lines in order.</summary>
    /// <param name="loaded">What was loaded.</param>
    /// <param name="line">The first line that was.</param>
    /// <param name="count">How many were.</param>
    /// <param name="from">The first of them that is wanted, counted from the first that was loaded; a multiple of eight.</param>
    /// <param name="some">How many are wanted.</param>
    /// <param name="scratch">Room for seven more lines than are wanted, rounded up to eights.</param>
    /// <returns>Their codes, <see cref="LineBytes"/> a line; in the scratch or where they were loaded.</returns>
    ReadOnlySpan<byte> Arrange(ReadOnlySpan<byte> loaded, long line, int count, int from, int some, Span<byte> scratch);

    /// <summary>Tells in which parts of which files they stand.</summary>
    /// <param name="range">Is told of each part.</param>
    void Ranges(FileRange range);
}
