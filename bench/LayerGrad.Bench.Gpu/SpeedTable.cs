using System.Diagnostics;
using System.Text.Json.Nodes;
using LayerGrad.Bench.Headline;
using LayerGrad.Compute;

namespace LayerGrad.Bench.Gpu;

/// <summary>Tokens a second at Llama-3.1-8B's shape with exact spectra, against the product rate of the same run.</summary>
internal static class SpeedTable
{
    /// <summary>The budget that a window of 8B in bf16 is held against.</summary>
    private const long SmallBudget = 24L << 30;

    /// <summary>Prints a line for each row, and again within 24 GiB where the first took more.</summary>
    /// <returns>Whether all rows were run.</returns>
    public static bool Print(GpuOptions options)
    {
        var clock = Stopwatch.StartNew();
        var complete = true;
        foreach (var (examples, tokens) in options.Rows)
        {
            if (clock.Elapsed.TotalSeconds > options.Seconds)
            {
                new ResultFile(options, options.Device).Add(new JsonObject { ["window"] = $"{examples}x{tokens}", ["not_run"] = $"the {options.Seconds} seconds of --seconds are over" });
                complete = false;
                continue;
            }

            var peak = Row(options, examples, tokens, options.Memory);
            if (options.Memory is null && peak > SmallBudget)
                Row(options, examples, tokens, SmallBudget);
        }

        return complete;
    }

    /// <summary>The shape that the options ask for.</summary>
    public static ModelShape Shape(GpuOptions options)
    {
        var shape = ModelShape.All[options.Small ? "small" : "llama3"];
        return options.Layers is { } layers ? shape.WithLayers(layers, wholeVocabulary: true) : shape;
    }

    private static long Row(GpuOptions options, int examples, int tokens, long? memory)
    {
        var shape = Shape(options);
        using var run = new SpeedRun(shape, new DeviceOptions(options.Device, Memory: memory, Precision: options.Precision), examples, tokens);
        var backward = run.BackwardOnly();
        var spectra = run.WithSpectra();
        var rate = run.ProductRate();
        var least = run.Operations / rate;
        new ResultFile(options, run.Device).Add(new JsonObject
        {
            ["shape"] = shape.Title,
            ["window"] = $"{examples}x{tokens}",
            ["precision"] = options.Precision.NameOf(),
            ["seconds"] = ResultFile.Rounded(spectra),
            ["tokens_per_second"] = ResultFile.Rounded(examples * tokens / spectra),
            ["product_teraflops"] = ResultFile.Rounded(rate / 1e12),
            ["backward_over_products"] = ResultFile.Rounded(backward / least),
            ["spectra_over_products"] = ResultFile.Rounded(spectra / least),
            ["peak_gib"] = ResultFile.Rounded(run.Peak / (double)(1L << 30)),
            ["planned_gib"] = ResultFile.Rounded(run.Plan.Bytes / (double)(1L << 30)),
            ["layers_resident"] = run.Plan.ResidentLayers,
            ["layers_kept"] = run.Plan.KeptLayers,
        });
        return run.Peak;
    }
}
