namespace LayerGrad.Runs.Measurements;

/// <summary>A weight whose gradient is measured.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Rows">Outputs of the layer: rows of the weight as stored.</param>
/// <param name="Columns">Inputs of the layer.</param>
internal sealed record MeasuredWeight(string Name, int Rows, int Columns);
