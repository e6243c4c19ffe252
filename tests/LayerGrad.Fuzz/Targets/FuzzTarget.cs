using LayerGrad.Fuzz.Workers;

namespace LayerGrad.Fuzz.Targets;

/// <summary>A reader of the product with sound inputs for it and a way to change them.</summary>
internal abstract class FuzzTarget
{
    /// <summary>What the command line calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Sound inputs; each must be read.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Changes a sound input. Equal inputs and equal random numbers give equal changes.</summary>
    public abstract byte[] Mutate(byte[] input, Random random);

    /// <summary>Puts what the reader needs beside the input into a worker's folder, once.</summary>
    public virtual void Prepare(string folder)
    {
    }

    /// <summary>Reads an input as the product does.</summary>
    /// <param name="input">The input.</param>
    /// <param name="folder">The worker's folder.</param>
    /// <exception cref="InputException">It is refused.</exception>
    public abstract Verdict Read(byte[] input, string folder);
}
