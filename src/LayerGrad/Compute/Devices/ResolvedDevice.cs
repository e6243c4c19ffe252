namespace LayerGrad.Compute;

/// <summary>A device that there is: what a name such as <c>auto</c> or <c>cuda</c> stands for on this machine.</summary>
/// <param name="Name">The name that means this device and no other: <c>cpu</c>, <c>torch</c>, <c>cuda:0</c>.</param>
/// <param name="Kind">What metadata records and runs are compared by: <c>cpu</c>, <c>torch</c>, <c>cuda</c>. Devices of one kind may differ in the last bits; devices of two kinds are never mixed in one run.</param>
/// <param name="Precisions">In which numbers it computes.</param>
internal sealed record ResolvedDevice(string Name, string Kind, IReadOnlyList<Precision> Precisions)
{
    /// <summary>Whether the number of threads decides the last bits of its numbers.</summary>
    public bool DependsOnThreads { get; init; }

    /// <summary>The hardware that computes, such as <c>NVIDIA H100 80GB HBM3</c>; null where the kind says it.</summary>
    public string? Hardware { get; init; }

    /// <summary>Its name with its hardware, for messages.</summary>
    public string Told => Hardware is null ? Name : $"{Name} ({Hardware})";

    /// <summary>The bytes that are free now in the device's own memory; null where it computes in the memory of the host.</summary>
    public Func<long>? FreeMemory { get; init; }

    /// <summary>What the user should know of the choice, one sentence: that a GPU is there and is not used, and why. Null where there is nothing to tell.</summary>
    public string? Note { get; init; }

    /// <summary>Checks that it computes in a precision.</summary>
    /// <exception cref="InputException">It does not.</exception>
    public void Require(Precision precision)
    {
        if (!Precisions.Contains(precision))
            throw new InputException($"--precision {precision.NameOf()}: the device {Name} computes in {Sentence.List(Precisions.Select(Compute.Precisions.NameOf))}; choose one of these, or another --device.");
    }
}
