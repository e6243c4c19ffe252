using System.Globalization;
using System.Text.Json;
using LayerGrad.Analysis.Agreement;
using LayerGrad.Analysis.Output;

namespace LayerGrad.Reports;

/// <summary>Writes how the sets of a kernel agree as the page reads it.</summary>
internal static class AgreementData
{
    /// <summary>The square of sets, a row for all weights and each projection of each pair, and each pair's curves over the layers.</summary>
    public static void Write(Utf8JsonWriter json, AgreementResult agreement)
    {
        json.WriteStartObject("agreement");
        json.WriteTexts("sets", agreement.Sets.Select(set => set.Name));
        json.WriteIntegers("examples", agreement.Sets.Select(set => (int?)set.Examples));
        json.WriteStartArray("map");
        foreach (var row in agreement.Map(corrected: false))
            json.WriteRow(row.Select(one => one.Value));
        json.WriteEndArray();
        WeightsAgreement[] weights = [agreement.Whole, .. agreement.Projections];
        json.WriteObjects("rows", agreement.Whole.Pairs.SelectMany((_, at) => weights, (pair, one) => (Pair: pair, One: one)), row =>
        {
            var pair = row.One.Pairs.Single(other => other.First == row.Pair.First && other.Second == row.Pair.Second);
            json.WriteString("pair", agreement.PairName(pair));
            json.WriteString("weights", row.One.Name);
            json.Write("cosine", pair.Cosine);
            json.WriteString("corrected", AgreementTables.CorrectedText(pair));
            json.Write("first", pair.ShareOfFirst);
            json.Write("second", pair.ShareOfSecond);
        });
        json.WriteIntegers("layers", agreement.Layers.Select(layer => (int?)int.Parse(layer.Name, CultureInfo.InvariantCulture)));
        json.WriteObjects("pairs", agreement.Whole.Pairs.Select((pair, at) => (Pair: pair, At: at)), one =>
        {
            Estimate[] cosines = [.. agreement.Layers.Select(layer => layer.Pairs[one.At].Cosine)];
            json.WriteString("pair", agreement.PairName(one.Pair));
            json.WriteNumbers("mean", cosines.Select(cosine => cosine.Value));
            json.WriteNumbers("low", cosines.Select(cosine => cosine.Low));
            json.WriteNumbers("high", cosines.Select(cosine => cosine.High));
        });
        json.WriteTexts("notes", agreement.Notes);
        json.WriteEndObject();
    }
}
