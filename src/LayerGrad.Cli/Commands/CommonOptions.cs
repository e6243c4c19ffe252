using System.CommandLine;
using System.Globalization;
using LayerGrad.Measuring;
using LayerGrad.Tokenizers;

namespace LayerGrad.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary><c>--memory SIZE</c>, in bytes.</summary>
    public static Option<long?> Memory() => new("--memory")
    {
        Description = "Memory that a run may use, such as 6GiB; 70 % of what is free by default.",
        HelpName = "SIZE",
        CustomParser = result => ByteSize.Parse(result.Tokens[0].Value),
    };

    /// <summary><c>--device auto|cpu</c>.</summary>
    public static Option<string> Device() => new("--device") { Description = "What to compute on: the processor, in this build.", HelpName = "auto|cpu", DefaultValueFactory = _ => "auto" };

    /// <summary><c>--tokenizer DIR</c>.</summary>
    public static Option<string?> Tokenizer() => new("--tokenizer") { Description = "Take the tokenizer from another folder.", HelpName = "DIR" };

    /// <summary><c>--tokenizer-rules transformers-4|transformers-5</c>.</summary>
    public static Option<TokenizerRules> TokenizerRules() => new("--tokenizer-rules")
    {
        Description = "Load a folder's tokenizer as transformers 4.57 does, or as 5.24.",
        HelpName = "transformers-4|transformers-5",
        CustomParser = result =>
        {
            try
            {
                return TokenizerRulesName.Parse(result.Tokens[0].Value, "--tokenizer-rules");
            }
            catch (InputException error)
            {
                result.AddError(error.Message);
                return default;
            }
        },
    };

    /// <summary><c>--date YYYY-MM-DD</c>: the date that chat templates see; today without it.</summary>
    public static Option<DateOnly?> Date() => new("--date")
    {
        Description = "The date that chat templates see; today by default.",
        HelpName = "YYYY-MM-DD",
        CustomParser = result =>
        {
            if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                return date;
            result.AddError($"--date {result.Tokens[0].Value}: write it as YYYY-MM-DD.");
            return null;
        },
    };
}
