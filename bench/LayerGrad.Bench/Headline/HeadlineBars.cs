using System.Globalization;

namespace LayerGrad.Bench.Headline;

/// <summary>What <c>bench/headline</c> is to reach on two cores, and whether it was.</summary>
internal static class HeadlineBars
{
    private static readonly (string What, string Shape, int Tokens, Func<HeadlineRow, double> Value, double Bar, bool AtMost)[] s_bars =
    [
        ("ours ÷ multiply limit", "smollm2", 150, row => row.OursToLimit, 1.3, true),
        ("ours ÷ multiply limit", "smollm2", 400, row => row.OursToLimit, 1.5, true),
        ("ours ÷ multiply limit", "qwen2", 150, row => row.OursToLimit, 1.07, true),
        ("ours ÷ multiply limit", "qwen2", 400, row => row.OursToLimit, 1.12, true),
        ("libtorch with our method ÷ ours", "smollm2", 150, row => row.FactorsToOurs, 1.5, false),
        ("libtorch with our method ÷ ours", "smollm2", 400, row => row.FactorsToOurs, 1.5, false),
        ("libtorch with our method ÷ ours", "qwen2", 150, row => row.FactorsToOurs, 1.35, false),
        ("libtorch with our method ÷ ours", "qwen2", 400, row => row.FactorsToOurs, 1.4, false),
        ("libtorch's loop ÷ ours", "smollm2", 150, row => row.LoopToOurs, 5, false),
        ("libtorch's loop ÷ ours", "smollm2", 400, row => row.LoopToOurs, 2.5, false),
        ("libtorch's loop ÷ ours", "qwen2", 150, row => row.LoopToOurs, 8, false),
        ("libtorch's loop ÷ ours", "qwen2", 400, row => row.LoopToOurs, 3.3, false),
    ];

    /// <summary>Prints those of which something was measured.</summary>
    /// <param name="rows">What was measured.</param>
    public static void Print(IReadOnlyList<HeadlineRow> rows)
    {
        Console.WriteLine();
        Console.WriteLine("### The bars (set for two cores)");
        Console.WriteLine();
        Console.WriteLine("| what | shape | tokens | bar | measured | |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (what, shape, tokens, value, bar, atMost) in s_bars)
        {
            if (rows.FirstOrDefault(row => row.Shape == shape && row.Tokens == tokens) is not { } row || double.IsNaN(value(row)))
                continue;
            var isMet = atMost ? value(row) <= bar : value(row) >= bar;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {ModelShape.All[shape].Name} | {tokens} | {(atMost ? '≤' : '≥')} {bar:0.0#} | {value(row):0.00} | {(isMet ? "met" : "not met")} |"));
        }
    }
}
