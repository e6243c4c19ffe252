using System.Globalization;
using System.Text;

namespace LayerGrad.Tests.Analysis;

/// <summary>Run files made up for tests: every value is a function of example, projection and layer.</summary>
internal sealed record SyntheticRun
{
    public int Examples { get; init; } = 40;

    public int Layers { get; init; } = 4;

    public IReadOnlyList<string> Projections { get; init; } = ["q_proj", "k_proj"];

    /// <summary>S_sum of an example at a projection and layer.</summary>
    public Func<int, int, int, double> Sum { get; init; } = (example, projection, layer) => 1 + layer + projection + (0.01 * example);

    public Func<int, string> Instruction { get; init; } = example => $"question {example}";

    public Func<int, string> Output { get; init; } = example => $"answer {example}";

    public Func<int, int>? ResponseTokens { get; init; }

    public Func<int, double> Loss { get; init; } = _ => 1;

    /// <summary>Examples whose lines are missing although later positions are there.</summary>
    public IReadOnlyList<int> Missing { get; init; } = [];

    /// <summary>Writes the file and gives its path.</summary>
    public string Write(string path)
    {
        var text = new StringBuilder();
        for (var example = 0; example < Examples; example++)
        {
            if (!Missing.Contains(example))
                AppendLine(text, example);
        }

        File.WriteAllText(path, text.ToString());
        return path;
    }

    private void AppendLine(StringBuilder text, int example)
    {
        text.Append(CultureInfo.InvariantCulture, $"{{\"index\": {example}, \"instruction\": \"{Instruction(example)}\", \"output\": \"{Output(example)}\", \"loss\": {Loss(example)}");
        if (ResponseTokens is not null)
            text.Append(CultureInfo.InvariantCulture, $", \"tokens\": {{\"total\": {ResponseTokens(example) + 10}, \"response\": {ResponseTokens(example)}}}");
        for (var layer = 0; layer < Layers; layer++)
        {
            for (var projection = 0; projection < Projections.Count; projection++)
            {
                var sum = Sum(example, projection, layer);
                text.Append(CultureInfo.InvariantCulture, $", \"model.layers.{layer}.self_attn.{Projections[projection]}.weight\": {{\"S_sum\": {sum:R}, \"S_max\": {sum / 2:R}, \"M_mean\": {-sum:R}}}");
            }
        }

        text.Append("}\n");
    }
}
