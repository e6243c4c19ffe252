namespace LayerGrad.Decoders;

/// <summary>What a backward pass says of each example besides its gradients.</summary>
/// <param name="Losses">The mean cross-entropy (natural logarithm) of the response tokens.</param>
/// <param name="RouterNearTies">
/// How many choices of experts, over tokens and layers, were so nearly tied that another precision may fall differently.
/// </param>
internal sealed record BatchResult(IReadOnlyList<double> Losses, IReadOnlyList<int> RouterNearTies);
