using System.Numerics.Tensors;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Models;
using LayerGrad.Tokenizers;

namespace LayerGrad.Training;

/// <summary>
/// Continues texts with the most likely token each time, to see what a training taught. Small: every token runs the whole
/// text again, several texts in one batch.
/// </summary>
internal sealed class GreedyGenerator : IDisposable
{
    private readonly LoadedModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly Device<float> _device;
    private readonly Decoder<float> _decoder;
    private readonly int? _end;

    private GreedyGenerator(LoadedModel model, Tokenizer tokenizer, Device<float> device, Decoder<float> decoder)
    {
        (_model, _tokenizer, _device, _decoder) = (model, tokenizer, device, decoder);
        _end = tokenizer.EosToken is { } token ? tokenizer.TokenToId(token) : null;
    }

    /// <summary>Loads a model, with elements of float32.</summary>
    /// <param name="model">A Hugging Face folder or a GGUF file.</param>
    /// <param name="threads">Processor threads; null for all.</param>
    /// <param name="tokenizerFolder">A folder with another <c>tokenizer.json</c> than the model's own; null for that.</param>
    /// <param name="rules">The version of transformers whose changes to a folder's tokenizer are made.</param>
    /// <param name="device">On what to compute, as <c>--device</c> names it.</param>
    /// <param name="precision">In which numbers: of those that the device has, any but <see cref="Precision.Float64"/>.</param>
    /// <exception cref="InputException">The model is missing, broken or not supported, or there is no such device.</exception>
    public static GreedyGenerator Load(
        string model, int? threads = null, string? tokenizerFolder = null, TokenizerRules rules = TokenizerRules.Transformers4, string device = DeviceFactory.Automatic,
        Precision precision = Precision.Float32) => Load(model, null, threads, tokenizerFolder, rules, device, precision);

    /// <summary>Loads a model, with an adapter merged into it, with elements of float32.</summary>
    /// <param name="model">A Hugging Face folder or a GGUF file.</param>
    /// <param name="adapter">The adapter; null for none.</param>
    /// <param name="threads">Processor threads; null for all.</param>
    /// <param name="tokenizerFolder">A folder with another <c>tokenizer.json</c> than the model's own; null for that.</param>
    /// <param name="rules">The version of transformers whose changes to a folder's tokenizer are made.</param>
    /// <param name="device">On what to compute, as <c>--device</c> names it.</param>
    /// <param name="precision">In which numbers: of those that the device has, any but <see cref="Precision.Float64"/>.</param>
    /// <exception cref="InputException">The model or adapter is missing, broken or not supported, or there is no such device.</exception>
    internal static GreedyGenerator Load(
        string model, AdapterName? adapter, int? threads, string? tokenizerFolder, TokenizerRules rules, string device, Precision precision)
    {
        var machine = new DeviceOptions(device, threads, Precision: precision);
        if (precision == Precision.Float64)
            throw new InputException("--precision fp64: texts are continued in fp32, or in tf32 or bf16 where the device has them");
        DeviceFactory.Validate(machine);
        var opened = ModelLoader.OpenAdapted(model, adapter, tokenizer: tokenizerFolder);
        Device<float>? made = null;
        try
        {
            var specification = opened.Specification;
            var tokenizer = opened.LoadTokenizer(rules);
            var source = opened.Parameters<float>();
            var sizes = new MemorySizes<float>(
                specification, Math.Min(1024, specification.MaximumPositions), DeviceFactory.Sizes<float>(machine), PlannedSink.None, source: source);
            var plan = MemoryPlan.Create(sizes, machine.MemoryBudget);
            made = DeviceFactory.Create<float>(machine);
            var store = new WeightStore<float>(made, specification, source, plan);
            return new GreedyGenerator(opened, tokenizer, made, new Decoder<float>(made, specification, store, plan.KeptLayers));
        }
        catch
        {
            made?.Dispose();
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Continues texts.</summary>
    /// <param name="prompts">The texts.</param>
    /// <param name="maxTokens">The most tokens that are added to each.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>What follows each text, up to the end-of-text token, without it.</returns>
    /// <exception cref="InputException">A text fills the model's context.</exception>
    public IReadOnlyList<string> Continue(IReadOnlyList<string> prompts, int maxTokens, CancellationToken cancel = default)
    {
        var texts = prompts.Select(prompt => new List<int>(_tokenizer.Encode(prompt).Ids)).ToList();
        var lengths = texts.ConvertAll(text => text.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            if (lengths[i] == 0 || lengths[i] >= _decoder.Specification.MaximumPositions)
                throw new InputException($"--prompt: the text has {lengths[i]} tokens; the model takes 1 to {_decoder.Specification.MaximumPositions - 1}");
        }

        using var stop = _device.StopOn(cancel);
        var open = Enumerable.Range(0, texts.Count).ToList();
        for (var added = 0; added < maxTokens && open.Count > 0; added++)
        {
            cancel.ThrowIfCancellationRequested();
            Extend(texts, open);
            open.RemoveAll(i => texts[i][^1] == _end || texts[i].Count >= _decoder.Specification.MaximumPositions);
        }

        return [.. texts.Select((text, i) => Decode(text, lengths[i]))];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _decoder.Dispose();
        _device.Dispose();
        _model.Dispose();
    }

    /// <summary>Adds a token to each open text.</summary>
    private void Extend(List<List<int>> texts, List<int> open)
    {
        var logits = _decoder.LastLogits([.. open.Select(i => texts[i].ToArray())]);
        var vocabulary = _decoder.Specification.VocabularySize;
        for (var row = 0; row < open.Count; row++)
        {
            var best = TensorPrimitives.IndexOfMax<float>(logits.AsSpan(row * vocabulary, vocabulary));
            texts[open[row]].Add(best);
        }
    }

    /// <summary>
    /// The text of the tokens after the prompt, as the difference of two decodings, because a token's text may depend on those before it.
    /// </summary>
    private string Decode(List<int> ids, int promptLength)
    {
        var all = ids[^1] == _end ? ids[..^1] : ids;
        var prompt = _tokenizer.Decode([.. ids[..promptLength]], skipSpecialTokens: true);
        var text = _tokenizer.Decode([.. all], skipSpecialTokens: true);
        return text.StartsWith(prompt, StringComparison.Ordinal) ? text[prompt.Length..] : _tokenizer.Decode([.. all[promptLength..]], skipSpecialTokens: true);
    }
}
