namespace LayerGrad.Checkpoints.Pickle;

/// <summary>A class or function that a pickle names. It is only ever a name here: nothing is looked up, and nothing is run.</summary>
/// <param name="Module">Its module, such as <c>torch._utils</c>.</param>
/// <param name="Name">Its name within the module.</param>
internal sealed record PickleGlobal(string Module, string Name)
{
    /// <summary>Both, as Python writes them.</summary>
    public override string ToString() => $"{Module}.{Name}";
}
