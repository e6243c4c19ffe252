using BenchmarkDotNet.Running;
using LayerGrad.Bench;
using LayerGrad.Bench.Headline;

// "spectra", "eigenvalues", "products", "train [THREADS [STEPS]]", "quantised [LAYERS]", "torch [SHAPE [LAYERS [TOKENS [ROUNDS]]]]", "gradients MODEL DATA [N]", "noise MODEL DATA [N]" and "tokenizer FOLDER DATA..." print the tables of docs/performance.md in a minute or two, "headline" (bench/headline) the one at its head; anything else goes to BenchmarkDotNet ("--list flat", "--filter *Product*").
switch (args.FirstOrDefault())
{
    case "spectra":
        SpectraTable.Print(args.AsSpan(1));
        return 0;
    case "eigenvalues":
        EigenvalueTable.Print();
        return 0;
    case "gradients" when args.Length >= 3:
        GradientTable.Print(args[1], args[2], args.Length > 3 ? int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture) : 10);
        return 0;
    case "noise" when args.Length >= 3:
        NoiseTable.Print(args[1], args[2], args.Length > 3 ? int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture) : 200);
        return 0;
    case "tokenizer" when args.Length >= 3:
        TokenizerTable.Print(args[1], args.AsSpan(2));
        return 0;
    case "train":
        TrainingTable.Print(args.AsSpan(1));
        return 0;
    case "quantised":
        QuantizedTable.Print(args.AsSpan(1));
        return 0;
    case "products":
        ProductTable.Print();
        return 0;
    case "torch":
        TorchTable.Print(args.AsSpan(1));
        return 0;
    case "headline" when args.Contains("--help"):
        Console.WriteLine(HeadlineOptions.Help);
        return 0;
    case "headline":
        new HeadlineTable(new HeadlineOptions(args.AsSpan(1))).Print();
        return 0;
    case "headline-engine":
        EngineRun.Print(RunSettings.Parse(args.AsSpan(1)));
        return 0;
    case "headline-stream":
        StreamedRun.Print(args.AsSpan(1));
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(SpectraTable).Assembly).Run(args);
        return 0;
}
