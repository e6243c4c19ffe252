namespace LayerGrad.Checkpoints.Pickle;

/// <summary>A file within a zip archive, as its central directory lists it.</summary>
/// <param name="Name">Its path in the archive.</param>
/// <param name="IsStored">Whether its bytes stand there as they are, not compressed and not encrypted.</param>
/// <param name="Size">Its size in the archive, in bytes.</param>
/// <param name="Header">The position of its local header.</param>
internal sealed record ZipEntry(string Name, bool IsStored, long Size, long Header);
