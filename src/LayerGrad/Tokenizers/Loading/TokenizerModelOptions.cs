using LayerGrad.Json;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>The options of a model: those that something else than tokenizer.json sets go before the file's own.</summary>
/// <param name="model">The object <c>model</c> of tokenizer.json.</param>
/// <param name="overrides">Options that go before it, a JSON null included, or null.</param>
internal sealed class TokenizerModelOptions(JsonValue model, JsonValue? overrides)
{
    /// <summary>An option, or null where it is missing or null.</summary>
    public JsonValue? Find(string key) => overrides?.FindOrNull(key) is { } value ? (value.IsNull ? null : value) : model.Find(key);

    /// <summary>A text, or null where it is missing or null.</summary>
    public string? Text(string key) => Find(key)?.AsText();

    /// <summary>A truth value; false where it is missing or null.</summary>
    public bool Flag(string key) => Find(key)?.AsBool() ?? false;
}
