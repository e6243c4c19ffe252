namespace LayerGrad.Models;

/// <summary>An adapter that the user named.</summary>
/// <param name="Name">As the user wrote it: a folder, or a name on the hub.</param>
/// <param name="Folder">Where its files lie.</param>
internal sealed record AdapterName(string Name, string Folder)
{
    /// <summary>The adapter of an option; null where there is none.</summary>
    /// <param name="name">What the user wrote; null where that is nothing.</param>
    /// <param name="files">Where its files lie; null where the name says it.</param>
    public static AdapterName? Of(string? name, string? files = null) => name is null ? null : new AdapterName(name, files ?? name);
}
