using System.Globalization;

namespace LayerGrad.Bench.Headline;

/// <summary>What one process measures.</summary>
/// <param name="Shape">The model.</param>
/// <param name="Tokens">The tokens of an example.</param>
/// <param name="Response">Those of them that belong to the response.</param>
/// <param name="Batch">Examples in a batch.</param>
/// <param name="Repeat">How often it is timed; the best counts.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Check">Whether the numbers are wanted rather than the time.</param>
internal sealed record RunSettings(ModelShape Shape, int Tokens, int Response, int Batch, int Repeat, int Threads, bool Check)
{
    /// <summary>The arguments of the process that measures our engine.</summary>
    public IEnumerable<string> Arguments(string shape) =>
        ["headline-engine", shape, Text(Shape.Layers), Text(Tokens), Text(Response), Text(Batch), Text(Repeat), Text(Threads), Check ? "check" : "time"];

    /// <summary>The arguments of a baseline.</summary>
    public IEnumerable<string> BaselineArguments(string method)
    {
        IEnumerable<string> arguments =
        [
            method, "--config", Shape.Config.ToJsonString(), "--tokens", Text(Tokens), "--response", Text(Response), "--batch", Text(Batch),
            "--repeat", Text(Repeat), "--threads", Text(Threads),
        ];
        return Check ? arguments.Append("--check") : arguments;
    }

    /// <summary>Reads <see cref="Arguments"/>.</summary>
    public static RunSettings Parse(ReadOnlySpan<string> arguments) => new(
        ModelShape.All[arguments[0]].WithLayers(Number(arguments[1])), Number(arguments[2]), Number(arguments[3]), Number(arguments[4]),
        Number(arguments[5]), Number(arguments[6]), arguments[7] == "check");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
