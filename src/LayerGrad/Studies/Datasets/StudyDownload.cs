namespace LayerGrad.Studies.Datasets;

/// <summary>Something that would be downloaded.</summary>
/// <param name="Name">A model or a file.</param>
/// <param name="Bytes">Its size; null where it is not known before it is asked for.</param>
internal sealed record StudyDownload(string Name, long? Bytes);
