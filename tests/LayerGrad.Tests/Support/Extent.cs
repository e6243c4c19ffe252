namespace LayerGrad.Tests.Support;

/// <summary>How much of the large reference sets a run of the tests takes: every case (<c>./test --all</c>) or a fixed sample (<c>./test</c>).</summary>
internal static class Extent
{
    /// <summary>Whether every case is taken.</summary>
    public static bool IsWhole { get; } = Environment.GetEnvironmentVariable("LAYERGRAD_TEST_EXTENT") == "all";

    /// <summary>Every case, or every fifth.</summary>
    public static IEnumerable<T> OneInFive<T>(IEnumerable<T> cases) => IsWhole ? cases : cases.Where((_, position) => position % 5 == 0);
}
