namespace LayerGrad.Runs.Measurements;

/// <summary>Which turns of the assistant count in the loss of a conversation.</summary>
internal enum AssistantTurns
{
    /// <summary>The last one, as the original script has it: the turns before it are prompt.</summary>
    Last,

    /// <summary>All of them.</summary>
    All,
}
