namespace LayerGrad.Hub;

/// <summary>How far the download of one file is.</summary>
/// <param name="File">The file's path in its repository.</param>
/// <param name="Bytes">Bytes that are on the disk, those of an earlier attempt included.</param>
/// <param name="Total">Bytes of the whole file, or null where the server does not say.</param>
internal sealed record HubProgress(string File, long Bytes, long? Total);
