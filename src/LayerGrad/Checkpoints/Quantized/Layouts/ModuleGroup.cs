using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>Which of compressed-tensors' groups a module belongs to.</summary>
internal static class ModuleGroup
{
    /// <summary>The group that names a module most closely, the first of several.</summary>
    /// <param name="tensors">The tensors, for errors.</param>
    /// <param name="settings">The groups.</param>
    /// <param name="codes">The module's codes.</param>
    /// <param name="suffix">What stands behind the module's name in theirs.</param>
    /// <exception cref="InputException">None does.</exception>
    public static WeightGroup Of(StoredTensors tensors, QuantizationSettings settings, TensorInfo codes, string suffix)
    {
        var module = codes.Name.EndsWith(suffix, StringComparison.Ordinal) ? codes.Name[..^suffix.Length] : codes.Name;
        return settings.Groups.Where(group => group.Closeness(module) is not null).MaxBy(group => group.Closeness(module))
            ?? throw tensors.Error($"stores '{codes.Name}' quantised, but no targets of quantization_config.config_groups name '{module}'");
    }
}
