using System.Globalization;
using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tokenizers;

namespace LayerGrad.Studies.Plan;

/// <summary>Reads the options of <c>measure</c> in a study.</summary>
internal static class StudyMeasureReader
{
    internal static readonly string[] Keys =
        ["max-length", "protocol", "turns", "mask-thinking", "tokenizer-rules", "limit", "range", "weights", "statistics", "spectra", "tokens", "cosine", "noise", "date", "device", "precision", "memory", "host-memory", "threads"];

    /// <summary>The options; model, data and output are placeholders until a cell fills them in.</summary>
    public static MeasureRunOptions Read(YamlValue? value, string home)
    {
        var options = new MeasureRunOptions { Model = "", Data = "", Out = "" };
        if (value is null)
            return options;
        var map = value.Map(Keys);
        return options with
        {
            Measurement = ReadMeasurement(map, options.Measurement),
            Limit = map["limit"]?.Integer(1),
            Range = Parsed(map["range"], ExampleRange.Parse),
            Device = map["device"]?.Text() ?? options.Device,
            Memory = Size(map["memory"]),
            HostMemory = Size(map["host-memory"]),
            Threads = map["threads"]?.Integer(1),
        };
    }

    private static long? Size(YamlValue? value) => value is null ? null : (long?)Parsed(value, text => (object)ByteSize.Parse(text));

    private static MeasurementSpecification ReadMeasurement(YamlMap map, MeasurementSpecification otherwise) => otherwise with
    {
        MaxLength = map["max-length"]?.Integer(2) ?? otherwise.MaxLength,
        Protocol = map["protocol"] is { } protocol ? Protocols.Parse(protocol.OneOf([.. Protocols.Names])) : otherwise.Protocol,
        Turns = map["turns"] is { } turns ? LossMasks.ParseTurns(turns.OneOf([.. LossMasks.Turns])) : otherwise.Turns,
        Thinking = map["mask-thinking"] is { } thinking ? LossMasks.ParseThinking(thinking.OneOf([.. LossMasks.Thinking])) : otherwise.Thinking,
        TokenizerRules = ReadRules(map["tokenizer-rules"]) ?? otherwise.TokenizerRules,
        Weights = map["weights"] is { } weights ? string.Join(',', weights.ListOrOne().Select(item => item.Text())) : null,
        Statistics = map["statistics"] is { } statistics ? ReadStatistics(statistics) : null,
        Spectra = map["spectra"]?.Truth() ?? false,
        Tokens = map["tokens"]?.Truth() ?? false,
        Cosine = map["cosine"]?.Truth() ?? false,
        Noise = map["noise"]?.Truth() ?? false,
        Date = map["date"] is { } date ? ReadDate(date) : null,
        Precision = map["precision"] is { } precision ? Parsed(precision, text => (object)Precisions.Parse(text)) is Precision parsed ? parsed : otherwise.Precision : otherwise.Precision,
    };

    private static string? ReadStatistics(YamlValue value)
    {
        try
        {
            return StatisticSelection.Normalized(string.Join(',', value.ListOrOne().Select(item => item.Text())));
        }
        catch (InputException error)
        {
            throw value.Error(error.Message);
        }
    }

    /// <summary>The rules by which tokenizers are loaded, or null where nothing stands.</summary>
    internal static TokenizerRules? ReadRules(YamlValue? value) =>
        value is null ? null : TokenizerRulesName.Parse(value.OneOf([.. TokenizerRulesName.All]), "tokenizer-rules");

    private static DateOnly ReadDate(YamlValue value) =>
        DateOnly.TryParseExact(value.Text(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw value.Error($"'{value.Text()}' is no date; write it as 2024-07-26.");

    /// <summary>Lets an option's own reader read a value, and adds the place to its error.</summary>
    private static T? Parsed<T>(YamlValue? value, Func<string, T> parse) where T : class
    {
        if (value is null)
            return null;
        try
        {
            return parse(value.Text());
        }
        catch (InputException error)
        {
            throw value.Error(error.Message);
        }
    }
}
