namespace LayerGrad.Examples.Formats;

/// <summary>What a binary format allows and LayerGrad does not read; <see cref="BrokenFile"/> makes the user's error of it.</summary>
/// <param name="what">What is not read, as a sentence without its end.</param>
internal sealed class UnreadDataException(string what) : Exception(what);
