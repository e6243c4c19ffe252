using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LayerGrad.Bench.Headline;

/// <summary>
/// One side of a comparison in a process of its own: it says when it is ready, then measures once for each line that it is sent, so that the sides can take turns.
/// </summary>
internal static class Rounds
{
    /// <summary>Prints a line of JSON about the side, and one for each round, until there are no more.</summary>
    /// <param name="about">What is said of the side.</param>
    /// <param name="settings">The sizes.</param>
    /// <param name="pass">A pass over them; its losses.</param>
    /// <param name="before">Done before each pass, outside of its time; may add to its answer.</param>
    /// <param name="after">Done behind each pass, outside of its time; may add to its answer.</param>
    public static void Serve(JsonObject about, RunSettings settings, Func<double[]> pass, Action<JsonObject>? before = null, Action<JsonObject>? after = null)
    {
        Console.WriteLine(about.ToJsonString());
        while (Console.ReadLine() is { Length: > 0 })
        {
            var answer = new JsonObject();
            before?.Invoke(answer);
            var processor = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            var losses = pass();
            answer["seconds"] = Stopwatch.GetElapsedTime(start).TotalSeconds / settings.Batch;
            answer["processor"] = (Environment.CpuUsage.TotalTime - processor).TotalSeconds / (settings.Batch * settings.Threads);
            after?.Invoke(answer);
            answer["losses"] = new JsonArray([.. losses.Select(loss => (JsonNode?)loss)]);
            answer["peak_bytes"] = ProcessMemory.Peak();
            Console.WriteLine(answer.ToJsonString());
        }
    }
}
