using System.Globalization;
using LayerGrad.Decoders;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Inspection;

namespace LayerGrad.Cli.Progress;

/// <summary>Numbers and times as people read them, the same wherever they are shown.</summary>
internal static class Wording
{
    /// <summary>A time: <c>0:07</c>, <c>12:30</c>, <c>3:04:05</c>.</summary>
    public static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    /// <summary>A time that is expected: <c>1:20 (1:05 to 1:50)</c>; below ten seconds, where minutes say nothing, <c>3.1 s (2.5 to 4.2 s)</c>.</summary>
    public static string Time(ExpectedTime time) => time.About < TimeSpan.FromSeconds(10)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.About.TotalSeconds:0.0} s ({time.Least.TotalSeconds:0.0} to {time.Most.TotalSeconds:0.0} s)")
        : $"{Time(time.About)} ({Time(time.Least)} to {Time(time.Most)})";

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
        var times = backward ? "twice" : "once";
        var held = plan.HeldLayers > 0 ? $", {Count(plan.HeldLayers)} held as stored and decoded {times} a window" : "";
        var weights = $"{Of(plan.ResidentLayers, "layer")} resident{held}{(plan.ReadLayers == 0 ? "" : $", the others read {times} a window")}";
        if (!backward)
            return $"{ByteSize.Format(plan.Bytes)}; {weights}";
        return $"{ByteSize.Format(plan.Bytes)}; {weights}; activations of {Of(plan.KeptLayers, "layer")} kept, of the others computed again";
    }

    /// <summary>One or several of a thing.</summary>
    public static string Of(long count, string thing) => $"{Count(count)} {thing}{(count == 1 ? "" : "s")}";
}
