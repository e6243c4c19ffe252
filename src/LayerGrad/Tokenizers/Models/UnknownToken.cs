namespace LayerGrad.Tokenizers.Models;

/// <summary>The token for what a vocabulary lacks, which may itself be missing: then a text that needs it is refused.</summary>
/// <param name="id">Its id, or −1 where there is none.</param>
/// <param name="problem">What to say where it is needed and missing, or null where what is unknown is left out instead.</param>
internal sealed class UnknownToken(int id, string? problem)
{
    /// <summary>A model that leaves out what it does not know.</summary>
    public static UnknownToken None { get; } = new(-1, problem: null);

    /// <summary>Its id, or −1 to leave what is unknown out.</summary>
    /// <exception cref="InputException">It is needed and missing.</exception>
    public int Id => id >= 0 || problem is null ? id : throw new InputException(problem);

    /// <summary>Its id, or −1, needed or not.</summary>
    public int KnownId => id;
}
