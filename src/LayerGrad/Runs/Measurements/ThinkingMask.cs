namespace LayerGrad.Runs.Measurements;

/// <summary>What of a response counts where the model thinks in it, between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>.</summary>
internal enum ThinkingMask
{
    /// <summary>Thinking and answer count alike.</summary>
    Keep,

    /// <summary>The thinking alone counts, its tags among it.</summary>
    Only,

    /// <summary>The answer alone counts.</summary>
    Drop,
}
