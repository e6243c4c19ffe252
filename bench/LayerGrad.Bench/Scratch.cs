using System.Diagnostics;
using LayerGrad.Compute;
using LayerGrad.Torch.Gradients;
using LayerGrad.Torch.Loading;
using TorchSharp;
namespace LayerGrad.Bench;
internal static class Scratch
{
    public static void Run()
    {
        LibTorch.Require();
        torch.set_num_threads(2);
        var x = torch.randn(1, 400, 1536); var d = torch.randn(1, 400, 1536); var dk = torch.randn(1, 400, 256);
        foreach (var chunk in new[] { 1L << 18, 1L << 20, 1L << 22, 1L<<24 })
            Time($"inner {chunk >> 10}K", () => FactorProducts.InnerProducts(x, chunk));
        foreach (var chunk in new[] { 1L << 18, 1L << 20, 1L << 22, 1L<<24 })
            Time($"extremes {chunk >> 10}K", () => FactorProducts.Extremes(d, x, chunk));
        Time("extremes k 1M", () => FactorProducts.Extremes(dk, x, 1 << 20));
        var dt = d[0].transpose(0, 1); 
        Time("mm 1536x400x1536", () => dt.mm(x[0]));
        var g = dt.mm(x[0]);
        Time("aminmax whole", () => g.view(1, -1).aminmax(1));
        var t1 = g.narrow(0,0,192).contiguous();
        Time("aminmax tile x8", () => { for (var i = 0; i < 8; i++) t1.view(1,-1).aminmax(1); });
        Time("amax+amin tile x8", () => { for (var i = 0; i < 8; i++) { t1.amax([0L,1L]); t1.amin([0L,1L]); } });
        Time("aminmax rows tile x8", () => { for (var i = 0; i < 8; i++) t1.aminmax(1); });
        var k = FactorProducts.InnerProducts(x, 1 << 20).Products; var dd = FactorProducts.InnerProducts(d, 1 << 20).Products; var ones = torch.full([1], 400, torch.float64);
        Time("roots device", () => SymmetricProblems.Roots(k, dd, ones));
        Time("packed", () => FactorProducts.Packed(dd));
        var packedK = FactorProducts.Packed(k).data<double>().ToArray(); var packedD = FactorProducts.Packed(dd).data<double>().ToArray();
        using var s = new InnerProductSpectrum(new MemoryCounter()); var wanted = Enumerable.Repeat(true, 400).ToArray(); var values = new double[400];
        Time("host factor", () => s.SetInput(packedK, wanted));
        Time("host values", () => s.Values(packedD, values));
        var wide = dk.to(torch.float64);
        Time("projected", () => wide.transpose(1, 2).bmm(k.bmm(wide)));
        var q = torch.randn(2, 384, 128); var kk = torch.randn(2, 400, 128); var sc = q.bmm(kk.transpose(1,2));
        Time("bmm qk", () => q.bmm(kk.transpose(1, 2)));
        Time("bmm sv", () => sc.bmm(kk));
        Time("exp", () => sc.exp());
        Time("amax", () => sc.amax([2L], true));
        Time("sum", () => sc.sum([2L], true));
        Time("sub", () => sc.sub(1));
        var big = torch.randn(400, 1536); var w = torch.randn(1536, 8960); var w16 = w.to(torch.bfloat16);
        var x5 = torch.randn(2000, 1536); var y = torch.empty(2000, 8960);
        Time("sgemm 2000x1536x8960", () => y.addmm_(x5, w, 0, 1), 55.05);
        Time("bf16 2000x1536x8960", () => { using var z = x5.to(torch.bfloat16).mm(w16); y.copy_(z); }, 55.05);
        var x16 = x5.to(torch.bfloat16);
        Time("bf16 mm alone", () => x16.mm(w16), 55.05);
        var wt = torch.randn(8960, 1536).to(torch.bfloat16);
        Time("bf16 mm transposed weight", () => x16.mm(wt.transpose(0,1)), 55.05);
        Time("x to bf16", () => x5.to(torch.bfloat16));
        var z16 = x16.mm(w16);
        Time("y copy", () => y.copy_(z16));
        var u = torch.randn(2000, 1, 1536);
        Time("aminmax norm", () => u.aminmax(2, true));
        Time("amax of abs", () => u.abs().amax([2L], true));
        Time("vector_norm", () => torch.linalg.vector_norm(u, 2, [2L], true));
        Time("vector_norm inf", () => torch.linalg.vector_norm(u, double.PositiveInfinity, [2L], true));
        Time("div", () => u.div(2));
        Time("square.mean", () => u.square().mean([2L], true));
    }
    private static void Time(string name, Action body, double gflops = 0)
    {
        var times = new List<double>();
        for (var i = 0; i < 15; i++)
        {
            using var scope = torch.NewDisposeScope();
            var start = Stopwatch.GetTimestamp();
            body();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        Console.WriteLine($"{name,-30} median {times[7]:0.00} ms  least {times[0]:0.00}" + (gflops > 0 ? $"  {gflops / times[0] * 1000:0} GF/s" : ""));
    }
}
