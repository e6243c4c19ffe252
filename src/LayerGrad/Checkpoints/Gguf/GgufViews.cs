using System.Globalization;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>Gives every tensor of a GGUF model its Hugging Face name and form.</summary>
internal static class GgufViews
{
    private const char Upper = '^';
    private const char Lower = '_';

    /// <summary>The tensors in Hugging Face's form, by Hugging Face's names.</summary>
    /// <exception cref="InputException">A tensor has no name there, or a shape that does not fit.</exception>
    public static Dictionary<string, GgufView> Of(GgufModel model, GgufArchitecture architecture)
    {
        var views = new Dictionary<string, GgufView>();
        foreach (var (name, tensor) in model.Tensors)
        {
            // Angles and their scaling go into the configuration.
            if (name is GgufRope.Factors or GgufRope.LongFactors or GgufRope.ShortFactors || name.EndsWith("attn_rot_embd.weight", StringComparison.Ordinal))
                continue;
            foreach (var view in Views(model, architecture, name, tensor))
            {
                if (!views.TryAdd(view.Info.Name, view))
                    throw new InputException($"{model.Path}: holds '{view.Info.Name}' twice, once as '{name}'");
            }
        }
        JoinHalves(model, views);
        return views;
    }

    private static IEnumerable<GgufView> Views(GgufModel model, GgufArchitecture architecture, string name, GgufTensor tensor)
    {
        var (layer, key, expert, suffix) = Split(name);
        if (layer is not null && long.Parse(layer, CultureInfo.InvariantCulture) >= model.MainLayers)
            return [];
        if (architecture.Names.TryGetValue(key + suffix, out var target))
            suffix = "";
        else if (!architecture.Names.TryGetValue(expert is null ? key : key + "_exps", out target))
            throw new InputException(OneLine.Of($"{model.Path}: holds the tensor '{name}', which is not known of the architecture '{model.Architecture}'"));
        string Full(string part) => (layer is null ? "" : $"{architecture.LayerPrefix}{layer}.") + part + suffix;

        if (expert is not null)
            return [View(Full(target.Replace("{e}", expert, StringComparison.Ordinal)), tensor.Shape, tensor.Stored)];
        if (target.Contains("{e}", StringComparison.Ordinal))
        {
            return Enumerable.Range(0, (int)tensor.Shape[0]).Select(e =>
                View(Full(target.Replace("{e}", e.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)), tensor.Shape[1..], Rows(tensor, e, 1)));
        }
        if (target.Contains('|', StringComparison.Ordinal))
            return SplitFused(model, name, tensor, target.Split('|').Select(Full).ToArray());
        if (tensor.Shape is [var columns] && architecture.OneRow.Contains(key))
            return [View(Full(target), [1, columns], tensor.Stored)];
        if (target[0] is Upper or Lower)
            return [View(target[0] + Full(target[1..]), tensor.Shape, tensor.Stored)];
        return [View(Full(target), tensor.Shape, tensor.Stored) with { Order = Order(model, architecture, key, name, tensor), Shift = suffix == ".weight" ? Shift(architecture, key) : 0 }];
    }

    /// <summary>Puts the halves of tensors that the converter has split under one another.</summary>
    private static void JoinHalves(GgufModel model, Dictionary<string, GgufView> views)
    {
        foreach (var upper in views.Values.Where(static view => view.Info.Name[0] == Upper).ToList())
        {
            var name = upper.Info.Name[1..];
            if (!views.Remove(Lower + name, out var lower) || upper.Info.Shape.Length != 2 || lower.Info.Shape.Length != 2 || upper.Info.Shape[1] != lower.Info.Shape[1])
                throw new InputException($"{model.Path}: holds only one half of '{name}', or halves that do not fit each other; convert the model again");
            views.Remove(upper.Info.Name);
            views.Add(name, upper.Above(lower) with { Info = upper.Above(lower).Info with { Name = name } });
        }
    }

    /// <summary><c>blk.3.ffn_gate.1.weight</c> is layer 3, <c>ffn_gate</c>, expert 1, <c>.weight</c>.</summary>
    private static (string? Layer, string Key, string? Expert, string Suffix) Split(string name)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 0)
            return (null, name, null, "");
        var (body, suffix) = (name[..dot], name[dot..]);
        if (body.Split('.') is not ["blk", var layer, var key, .. var rest] || !IsNumber(layer))
            return (null, body, null, suffix);
        return rest is [var expert] && IsNumber(expert)
            ? (layer, key, expert, suffix)
            : (layer, string.Join('.', [key, .. rest]), null, suffix);
    }

    private static bool IsNumber(string text) => text.Length is > 0 and < 10 && text.All(char.IsAsciiDigit);

    private static GgufView View(string name, long[] shape, StoredTensor stored) =>
        new(new TensorInfo(name, stored.Format.Name, shape, stored.Bytes), stored with { Name = name }, null, 0);

    private static StoredTensor Rows(GgufTensor tensor, long first, long count)
    {
        var rowElements = tensor.Stored.Elements / tensor.Shape[0];
        var rowBytes = tensor.Stored.Bytes / tensor.Shape[0];
        return tensor.Stored with { Offset = tensor.Stored.Offset + (first * rowBytes), Elements = count * rowElements };
    }

    private static IEnumerable<GgufView> SplitFused(GgufModel model, string name, GgufTensor tensor, string[] names)
    {
        var (query, keyValue) = (model.Heads * model.HeadWidth, model.KeyValueHeads * model.HeadWidth);
        if (tensor.Shape.Length == 0 || tensor.Shape[0] != query + (2 * keyValue) || tensor.Stored.Format.BlockElements > tensor.Stored.Elements / tensor.Shape[0])
            throw new InputException($"{model.Path}: gives '{name}' the shape [{string.Join(", ", tensor.Shape)}], which does not fit its {model.Heads} and {model.KeyValueHeads} heads of {model.HeadWidth}");
        return
        [
            View(names[0], [query, .. tensor.Shape[1..]], Rows(tensor, 0, query)),
            View(names[1], [keyValue, .. tensor.Shape[1..]], Rows(tensor, query, keyValue)),
            View(names[2], [keyValue, .. tensor.Shape[1..]], Rows(tensor, query + keyValue, keyValue)),
        ];
    }

    private static RowOrder? Order(GgufModel model, GgufArchitecture architecture, string key, string name, GgufTensor tensor)
    {
        var heads = key switch
        {
            "attn_q" when architecture.InterleavesRotaryHalves => model.Heads,
            "attn_k" when architecture.InterleavesRotaryHalves => model.KeyValueHeads,
            "attn_qkv" when architecture.Name == "gptneox" => 3 * model.Heads,
            _ => 0,
        };
        if (heads == 0)
            return null;
        if (tensor.Shape.Length == 0 || tensor.Shape[0] % heads != 0 || tensor.Shape[0] / heads % 2 != 0)
            throw new InputException($"{model.Path}: gives '{name}' the shape [{string.Join(", ", tensor.Shape)}], which does not fit its {heads} heads");
        var headRows = tensor.Shape[0] / heads;
        return key == "attn_qkv" ? new RowOrder.ByRole(model.Heads, headRows) : new RowOrder.InterleavedHalves(headRows);
    }

    // Gemma's norms multiply by 1 + weight; the converter stores the sum.
    private static float Shift(GgufArchitecture architecture, string key) =>
        key.EndsWith("norm", StringComparison.Ordinal) ? -architecture.NormOffset : 0;
}
