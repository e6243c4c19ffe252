using System.Globalization;
using CsvHelper;
using LayerGrad.Analysis.Agreement;

namespace LayerGrad.Analysis.Output;

/// <summary>The agreement of the sets of a kernel as comma-separated values, one number a line.</summary>
internal static class AgreementCsv
{
    private static readonly string[] s_header = ["of", "name", "set", "with", "quantity", "value", "low", "high", "resolved"];

    /// <summary>Every number of the result; what a set says of itself has no <c>with</c>.</summary>
    public static string Of(AgreementResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            csv.WriteLine(s_header);
            Write(csv, result, "all", [result.Whole with { Name = "" }]);
            Write(csv, result, "layer", result.Layers);
            Write(csv, result, "projection", result.Projections);
            Write(csv, result, "weight", result.Weights);
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Write(CsvWriter csv, AgreementResult result, string of, IReadOnlyList<WeightsAgreement> all)
    {
        foreach (var one in all)
        {
            for (var set = 0; set < one.Sets.Count; set++)
            {
                var own = one.Sets[set];
                foreach (var (quantity, number) in new (string, Estimate)[] { ("squared_norm", own.SquaredNorm), ("reliability", own.Reliability), ("share_positive", own.Share) })
                    csv.WriteLine([of, one.Name, result.Sets[set].Name, "", quantity, .. EstimateOutput.Fields(number), EstimateOutput.Field(own.IsResolved)]);
            }

            foreach (var pair in one.Pairs)
            {
                var (first, second) = (result.Sets[pair.First].Name, result.Sets[pair.Second].Name);
                csv.WriteLine([of, one.Name, first, second, "cosine", .. EstimateOutput.Fields(pair.Cosine), EstimateOutput.Field(pair.IsResolved)]);
                csv.WriteLine([of, one.Name, first, second, "cosine_corrected", .. EstimateOutput.Fields(pair.Corrected), EstimateOutput.Field(pair.IsResolved)]);
                csv.WriteLine([of, one.Name, first, second, "share_positive", .. EstimateOutput.Fields(pair.ShareOfFirst), EstimateOutput.Field(pair.IsResolved)]);
                csv.WriteLine([of, one.Name, second, first, "share_positive", .. EstimateOutput.Fields(pair.ShareOfSecond), EstimateOutput.Field(pair.IsResolved)]);
            }
        }
    }
}
