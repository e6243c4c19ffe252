using BenchmarkDotNet.Running;
using LayerGrad.Bench;

// "spectra", "eigenvalues", "products" and "gradients MODEL DATA [N]" print the tables of docs/performance.md in a minute or two; anything else goes to BenchmarkDotNet ("--list flat", "--filter *Product*").
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
    case "products":
        ProductTable.Print();
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(SpectraTable).Assembly).Run(args);
        return 0;
}
