namespace LayerGrad.Studies.Datasets;

/// <summary>A file of the original study.</summary>
/// <param name="Name">Its path in the repository's folder <c>data</c>.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Their SHA-256, in lower-case hexadecimal.</param>
internal sealed record PaperFile(string Name, long Size, string Sha256);
