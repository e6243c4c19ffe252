using System.Diagnostics;
using System.Globalization;
using LayerGrad.Examples;
using LayerGrad.Tokenizers;

namespace LayerGrad.Bench;

/// <summary>How much text a tokenizer encodes in a second on one core: the instructions and answers of a dataset, one after the other.</summary>
internal static class TokenizerTable
{
    private const int Repetitions = 5;

    /// <summary>Encodes and prints.</summary>
    /// <param name="folder">The tokenizer's folder.</param>
    /// <param name="datasets">Datasets whose texts are encoded.</param>
    public static void Print(string folder, ReadOnlySpan<string> datasets)
    {
        var start = Stopwatch.GetTimestamp();
        var tokenizer = Tokenizer.Load(folder);
        var loaded = Stopwatch.GetElapsedTime(start);
        var texts = new List<string>();
        foreach (var path in datasets)
            texts.AddRange(Dataset.Load(path).Select(example => $"{example.InstructionWithInput}\n{example.Output}"));
        var bytes = texts.Sum(text => (long)System.Text.Encoding.UTF8.GetByteCount(text));
        Console.WriteLine("| texts | UTF-8 | tokens | loading | first pass | best of the next |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var (first, best, tokens) = (0.0, 0.0, 0L);
        for (var i = 0; i <= Repetitions; i++)
        {
            start = Stopwatch.GetTimestamp();
            tokens = texts.Sum(text => (long)tokenizer.Encode(text).Ids.Length);
            var rate = bytes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6;
            if (i == 0)
                first = rate;
            else
                best = Math.Max(best, rate);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {texts.Count:N0} | {bytes / 1e6:0.00} MB | {tokens:N0} | {loaded.TotalSeconds:0.00} s | {first:0.0} MB/s | {best:0.0} MB/s |"));
    }
}
