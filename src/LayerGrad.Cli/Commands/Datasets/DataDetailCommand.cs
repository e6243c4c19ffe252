using System.CommandLine;
using System.Globalization;
using LayerGrad.Data;
using LayerGrad.Data.Detailing;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data detail</c>: detailed responses from a server.</summary>
internal static class DataDetailCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The dataset, whose outputs hold the right answers." };
        var fields = new DataArguments();
        var endpoint = new Option<string>("--endpoint") { Description = "A server that speaks OpenAI's chat completions.", HelpName = "URL", Required = true };
        var model = new Option<string>("--model") { Description = "The model's name there.", HelpName = "NAME", Required = true };
        var output = new Option<string>("--out") { Description = "The file to write; replies are kept beside it in FILE.cache.jsonl.", HelpName = "FILE", Required = true };
        var keyVariable = new Option<string>("--key-variable") { Description = "The environment variable that holds the key.", DefaultValueFactory = _ => "OPENAI_API_KEY" };
        var concurrency = new Option<int>("--concurrency") { Description = "Requests under way at once.", DefaultValueFactory = _ => 8 };
        var attempts = new Option<int>("--attempts") { Description = "How often a record is asked until its final answer is right.", DefaultValueFactory = _ => 3 };
        var retries = new Option<int>("--retries") { Description = "How often a failed request is sent again.", DefaultValueFactory = _ => 6 };
        var timeout = new Option<double>("--timeout") { Description = "Seconds to wait for one response.", DefaultValueFactory = _ => 120 };
        var maxTokens = new Option<int>("--max-tokens") { Description = "The longest response.", DefaultValueFactory = _ => 2048 };
        var temperature = new Option<double>("--temperature") { Description = "The temperature of the first attempt.", DefaultValueFactory = _ => 0 };
        var priceIn = new Option<decimal>("--price-in") { Description = "The price of a million prompt tokens, for the cost so far." };
        var priceOut = new Option<decimal>("--price-out") { Description = "The price of a million response tokens." };
        var limit = new Option<int?>("--limit") { Description = "Only the first N records.", HelpName = "N" };
        var command = new Command(
            "detail",
            "Have a model write the Detailed version; started again, it goes on.\n\nExample: layergrad data detail aqua_train_no_cot.json --endpoint http://localhost:8000/v1 --model gpt-oss --out aqua_train_with_cot_gpt4o.json")
        {
            file, endpoint, model, output, keyVariable, concurrency, attempts, retries, timeout, maxTokens, temperature, priceIn, priceOut, limit,
        };
        foreach (var option in fields.All)
            command.Add(option);
        command.SetAction(async (arguments, cancellation) =>
        {
            RequireSound(arguments, concurrency, attempts, maxTokens);
            if (arguments.GetValue(retries) < 0 || arguments.GetValue(timeout) <= 0)
                throw new InputException("--retries must not be negative, and --timeout must be positive.");
            var path = arguments.GetRequiredValue(file);
            var target = arguments.GetRequiredValue(output);
            var options = new DetailOptions(Address(arguments.GetRequiredValue(endpoint)), arguments.GetRequiredValue(model))
            {
                Key = Environment.GetEnvironmentVariable(arguments.GetRequiredValue(keyVariable)) is { Length: > 0 } key ? key : null,
                Concurrency = arguments.GetValue(concurrency),
                Attempts = arguments.GetValue(attempts),
                Retries = arguments.GetValue(retries),
                Timeout = TimeSpan.FromSeconds(arguments.GetValue(timeout)),
                MaxTokens = arguments.GetValue(maxTokens),
                Temperature = arguments.GetValue(temperature),
                PriceIn = arguments.GetValue(priceIn),
                PriceOut = arguments.GetValue(priceOut),
            };
            var examples = fields.LoadBeside(arguments, path, [target, CacheOf(target)], arguments.GetValue(limit)).RequireTexts("data detail").Examples;
            var result = await DetailWriter.WriteAsync(examples, options, CacheOf(target), Report, cancellation);
            if (result.Examples.Count == 0)
                throw new InputException($"{path}: no response of {options.Model} ends in the right answer; read them in {CacheOf(target)}.");
            DatasetFile.Write(target, result.Examples);
            Terminal.Print($"{target}: {result.Examples.Count} of {examples.Count} records");
            if (result.Rejected.Count > 0)
                Terminal.Print($"left out, no attempt ended in the right answer: {string.Join(", ", result.Rejected)}");
            return CommandLine.Done;
        });
        return command;
    }

    private static string CacheOf(string target) => target + ".cache.jsonl";

    private static void RequireSound(ParseResult arguments, params IEnumerable<Option<int>> counts)
    {
        foreach (var option in counts.Where(option => arguments.GetValue(option) < 1))
            throw new InputException($"{option.Name} {arguments.GetValue(option)}: must be at least 1.");
    }

    private static Uri Address(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new InputException($"--endpoint {endpoint}: not an http address; it looks like http://localhost:8000/v1.");

    private static void Report(DetailProgress progress) => Terminal.Tell(string.Create(
        CultureInfo.InvariantCulture, $"{progress.Done}/{progress.Total} records, {progress.TokensIn} + {progress.TokensOut} tokens, cost so far {progress.Cost:0.0000}"));
}
