namespace LayerGrad.Compute;

/// <summary>The names that <c>--device</c> takes.</summary>
internal static class DeviceNames
{
    /// <summary>The name that leaves the choice to LayerGrad: a GPU where one works, else the processor.</summary>
    public const string Automatic = DeviceFactory.Automatic;

    /// <summary>All of them, as the help lists them: <c>auto</c>, <c>cpu</c>, and those of the providers that are registered.</summary>
    public static IReadOnlyList<string> All => DeviceFactory.Names;

    /// <summary>What a user should know of the device that a name stands for, one sentence: that there is a GPU that is not used, and why. Null where there is nothing to tell.</summary>
    /// <param name="name">What the user wrote.</param>
    /// <exception cref="InputException">There is no such device here.</exception>
    public static string? NoteOn(string name) => DeviceFactory.Resolve(name).Note;
}
