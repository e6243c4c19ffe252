using LayerGrad;
using LayerGrad.Bench.Headline;
using LayerGrad.Bench.LibTorch;

// What bench/headline holds LayerGrad against, a process each: "loop" or "factors", then the settings of RunSettings.
try
{
    BaselineRun.Print(args[0], RunSettings.Parse(args.AsSpan(1)));
    return 0;
}
catch (InputException error)
{
    Console.Error.WriteLine($"bench/headline: {error.Message}");
    return 2;
}
