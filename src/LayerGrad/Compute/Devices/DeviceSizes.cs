namespace LayerGrad.Compute;

/// <summary>What a device will take, told from sizes alone before it is made, so that memory can be planned.</summary>
internal abstract class DeviceSizes
{
    /// <summary>The bytes of an element of a matrix: 4 or 8.</summary>
    public abstract int ElementBytes { get; }

    /// <summary>The bytes that the process takes of the budget before any model is loaded.</summary>
    public abstract long ProgramBytes { get; }

    /// <summary>The bytes that an element of a parameter takes, as <see cref="Device{T}.ParameterBytes"/> tells it.</summary>
    /// <param name="storage">The narrowest type that holds the values.</param>
    public abstract int ParameterBytes(ParameterStorage storage);

    /// <summary>The bytes that the device takes in the end beside the matrices that it is asked for.</summary>
    /// <param name="work">What it will be asked for.</param>
    public abstract long WorkSpaceBytes(PlannedWork work);
}
