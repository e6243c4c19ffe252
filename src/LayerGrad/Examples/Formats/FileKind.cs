namespace LayerGrad.Examples.Formats;

/// <summary>The formats of datasets that are read.</summary>
internal enum FileKind
{
    /// <summary>A JSON array, one JSON value, or one after another.</summary>
    Json,

    /// <summary>Values apart by commas or tabs, under a row with their names.</summary>
    Table,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Apache Arrow's file, also called Feather.</summary>
    ArrowFile,

    /// <summary>Apache Arrow's stream.</summary>
    ArrowStream,
}
