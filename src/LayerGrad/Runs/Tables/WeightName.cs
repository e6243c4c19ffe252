using System.Globalization;

namespace LayerGrad.Runs.Tables;

/// <summary>A weight of a run file: where it stands in the model.</summary>
/// <param name="Name">Its name in the checkpoint, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Layer">Its layer, counted from 0; <see langword="null"/> for a weight outside the layers (embedding, head).</param>
/// <param name="Projection">
/// What it projects to: <c>Q</c>, <c>K</c>, <c>V</c>, <c>O</c>, <c>QKV</c> (fused), <c>gate</c>, <c>up</c>, <c>down</c>, <c>gate_up</c> (fused),
/// with <c>experts.N.</c> in front for an expert; for anything else the part of the name behind the layer.
/// </param>
internal sealed record WeightName(string Name, int? Layer, string Projection)
{
    private static readonly Dictionary<string, string> s_projections = new(StringComparer.Ordinal)
    {
        ["q_proj"] = "Q",
        ["query"] = "Q",
        ["wq"] = "Q",
        ["k_proj"] = "K",
        ["key"] = "K",
        ["wk"] = "K",
        ["v_proj"] = "V",
        ["value"] = "V",
        ["wv"] = "V",
        ["o_proj"] = "O",
        ["wo"] = "O",
        ["out_proj"] = "O",
        ["dense"] = "O",
        ["qkv_proj"] = "QKV",
        ["query_key_value"] = "QKV",
        ["c_attn"] = "QKV",
        ["wqkv"] = "QKV",
        ["gate_proj"] = "gate",
        ["w1"] = "gate",
        ["up_proj"] = "up",
        ["w3"] = "up",
        ["fc1"] = "up",
        ["c_fc"] = "up",
        ["dense_h_to_4h"] = "up",
        ["down_proj"] = "down",
        ["w2"] = "down",
        ["fc2"] = "down",
        ["dense_4h_to_h"] = "down",
        ["gate_up_proj"] = "gate_up",
    };

    /// <summary>The order in which projections are shown; others follow by name.</summary>
    private static readonly string[] s_order = ["Q", "K", "V", "O", "QKV", "gate", "up", "gate_up", "down"];

    /// <summary>Finds layer and projection in a weight's name.</summary>
    /// <param name="name">A name with dots between its parts; the first part that is a number is the layer.</param>
    public static WeightName Parse(string name)
    {
        var parts = name.Split('.');
        var layerAt = Array.FindIndex(parts, part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        var behind = parts[(layerAt + 1)..];
        if (behind.Length > 1 && behind[^1] == "weight")
            behind = behind[..^1];
        int? layer = layerAt < 0 ? null : int.Parse(parts[layerAt], CultureInfo.InvariantCulture);
        return new WeightName(name, layer, Short(behind));
    }

    /// <summary>Layers are counted up to here; no model comes near it, and tables and figures hold a row for each.</summary>
    internal const int MostLayers = 100_000;

    /// <summary>Why a name's first number is no layer's, as the end of a sentence; null where it is one, or where there is none.</summary>
    internal static string? LayerFault(string name)
    {
        if (Array.Find(name.Split('.'), part => part.Length > 0 && part.All(char.IsAsciiDigit)) is not { } layer)
            return null;
        if (!int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > MostLayers)
            return string.Create(CultureInfo.InvariantCulture, $"whose layer is beyond {MostLayers}");
        return layer.Length > 1 && layer[0] == '0' ? "whose layer begins with 0, as another weight's may" : null;
    }

    /// <summary>Compares two projections by the order in which they are shown: Q, K, V, O, fused, MLP, then by name.</summary>
    public static int CompareProjections(string a, string b)
    {
        var byOrder = Rank(a).CompareTo(Rank(b));
        return byOrder != 0 ? byOrder : string.CompareOrdinal(a, b);

        static int Rank(string projection)
        {
            var at = Array.IndexOf(s_order, projection);
            return at < 0 ? s_order.Length : at;
        }
    }

    private static string Short(string[] parts)
    {
        var last = parts[^1];

        // The A or B that an adapter adds to a projection.
        if (parts.Length > 1 && last is "lora_A" or "lora_B")
            return $"{Short(parts[..^1])}.{last}";
        // GPT-2 calls both the attention's and the MLP's output c_proj.
        var known = string.Equals(last, "c_proj", StringComparison.Ordinal)
            ? parts.Any(part => part.Contains("mlp", StringComparison.Ordinal)) ? "down" : "O"
            : s_projections.GetValueOrDefault(last.ToLowerInvariant());
        if (known is null)
            return string.Join('.', parts);
        var expert = Array.FindIndex(parts, part => part.Contains("expert", StringComparison.Ordinal));
        return expert < 0 ? known : string.Join('.', parts[expert..^1].Append(known));
    }
}
