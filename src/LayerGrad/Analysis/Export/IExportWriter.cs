namespace LayerGrad.Analysis.Export;

/// <summary>A format of exported tables. Rows are written as they come, so that memory does not grow with the runs.</summary>
internal interface IExportWriter : IDisposable
{
    /// <summary>Writes the rows that the table holds.</summary>
    void Write(ExportTable table);

    /// <summary>Ends the file.</summary>
    /// <param name="metadata">What the runs are, in JSON, where the format has a place for it.</param>
    void Complete(string metadata);
}
