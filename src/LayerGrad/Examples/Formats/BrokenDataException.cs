namespace LayerGrad.Examples.Formats;

/// <summary>Bytes of a binary format that make no sense; <see cref="BrokenFile"/> makes the user's error of it.</summary>
/// <param name="what">What is broken, as a part of a sentence.</param>
internal sealed class BrokenDataException(string what) : Exception(what);
