using BenchmarkDotNet.Running;
using LayerGrad.Bench;

// "spectra" and "products" print the tables of docs/performance.md in a minute or two; anything else goes to BenchmarkDotNet ("--list flat", "--filter *Product*").
switch (args.FirstOrDefault())
{
    case "spectra":
        SpectraTable.Print(args.AsSpan(1));
        return 0;
    case "eigenvalues":
        EigenvalueTable.Print();
        return 0;
    case "products":
        ProductTable.Print();
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(SpectraTable).Assembly).Run(args);
        return 0;
}
