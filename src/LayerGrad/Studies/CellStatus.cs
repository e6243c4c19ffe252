using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies;

/// <summary>How far a cell is.</summary>
internal enum CellState
{
    /// <summary>Nothing was measured yet.</summary>
    Waiting,

    /// <summary>Some examples are done, and nobody is at work.</summary>
    Begun,

    /// <summary>A process of this machine is at work.</summary>
    Running,

    /// <summary>Every example is measured or skipped, but the shards are not merged.</summary>
    Measured,

    /// <summary>The run is complete.</summary>
    Done,

    /// <summary>The last attempt ended with an error, or skipped every example.</summary>
    Failed,
}

/// <summary>How far a cell is, by its files.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="State">The state.</param>
/// <param name="Done">Examples measured or skipped.</param>
/// <param name="Total">All examples; null while the data is not there.</param>
/// <param name="Skipped">Examples skipped.</param>
/// <param name="Error">Why it failed; null if it did not.</param>
internal sealed record CellStatus(StudyCell Cell, CellState State, int Done, int? Total, int Skipped, string? Error);
