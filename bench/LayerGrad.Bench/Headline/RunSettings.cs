using System.Globalization;

namespace LayerGrad.Bench.Headline;

/// <summary>What one process measures.</summary>
/// <param name="Shape">The model.</param>
/// <param name="Tokens">The tokens of an example.</param>
/// <param name="Response">Those of them that belong to the response.</param>
/// <param name="Batch">Examples in a batch.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Check">Whether the numbers are wanted rather than the time.</param>
internal sealed record RunSettings(ModelShape Shape, int Tokens, int Response, int Batch, int Threads, bool Check)
{
    /// <summary>The arguments of the process that measures one side.</summary>
    /// <param name="side">What it is.</param>
    /// <param name="shape">The shape's name.</param>
    public IEnumerable<string> Arguments(string side, string shape) =>
        [side, shape, Text(Shape.Layers), Text(Tokens), Text(Response), Text(Batch), Text(Threads), Check ? "check" : "time"];

    /// <summary>Reads what follows the side in <see cref="Arguments"/>.</summary>
    public static RunSettings Parse(ReadOnlySpan<string> arguments) => new(
        ModelShape.All[arguments[0]].WithLayers(Number(arguments[1])), Number(arguments[2]), Number(arguments[3]), Number(arguments[4]),
        Number(arguments[5]), arguments[6] == "check");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
