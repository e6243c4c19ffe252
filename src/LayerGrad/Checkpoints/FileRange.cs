namespace LayerGrad.Checkpoints;

/// <summary>Is told of a part of a file.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">The position of the first byte.</param>
/// <param name="length">How many bytes.</param>
internal delegate void FileRange(CheckpointFile file, long offset, long length);
