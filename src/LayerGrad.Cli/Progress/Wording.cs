using System.Globalization;
using LayerGrad.Decoders;
using LayerGrad.Measuring;

namespace LayerGrad.Cli.Progress;

/// <summary>Numbers and times as people read them, the same wherever they are shown.</summary>
internal static class Wording
{
    /// <summary>A time: <c>0:07</c>, <c>12:30</c>, <c>3:04:05</c>.</summary>
    public static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    /// <summary>A count with thousands set apart.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A speed with three figures that matter, at least.</summary>
    public static string Speed(double perSecond) => perSecond >= 100
        ? Count((long)Math.Round(perSecond))
        : perSecond.ToString(perSecond >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>What a plan of memory comes to.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="backward">Whether there is a backward pass; without one nothing is kept for it.</param>
    public static string Memory(MemoryPlan plan, bool backward = true)
    {
        var weights = plan.ResidentHead ? Of(plan.ResidentLayers, "layer") + " resident" : $"{Of(plan.ResidentLayers, "layer")} resident, the others read {(backward ? "twice" : "once")} a window";
        if (!backward)
            return $"{ByteSize.Format(plan.Bytes)}; {weights}";
        return $"{ByteSize.Format(plan.Bytes)}; {weights}; activations of {Of(plan.KeptLayers, "layer")} kept, of the others computed again";
    }

    /// <summary>One or several of a thing.</summary>
    public static string Of(long count, string thing) => $"{Count(count)} {thing}{(count == 1 ? "" : "s")}";
}
