namespace LayerGrad.Runs.Measurements;

/// <summary>
/// How much alike the gradients of one example point: the cosine ⟨G₁, G₂⟩ / (‖G₁‖ ‖G₂‖) between every two layers for
/// each kind of weight, and between weights of one shape in the same layer. NaN where a gradient is zero.
/// </summary>
/// <param name="BetweenLayers">For each kind of weight (<c>q_proj</c>), its layers and their matrix of cosines.</param>
/// <param name="WithinLayer">For each layer, a pair of kinds (<c>k_proj_x_v_proj</c>) and its cosine.</param>
internal sealed record LayerCosines(
    IReadOnlyDictionary<string, CosineMatrix> BetweenLayers,
    IReadOnlyDictionary<int, IReadOnlyDictionary<string, double>> WithinLayer);

/// <summary>The cosines between the gradients of one kind of weight in several layers.</summary>
/// <param name="Layers">The layers' numbers, ascending.</param>
/// <param name="Values">Symmetric, layers × layers, 1 on the diagonal.</param>
internal sealed record CosineMatrix(int[] Layers, double[][] Values);
