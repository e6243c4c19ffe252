namespace LayerGrad.Hub;

/// <summary>The hub could not be reached, or kept failing, after all repetitions; what the cache has may still do.</summary>
internal sealed class HubUnreachableException(string message, Exception? innerException) : MachineException(message, innerException);
