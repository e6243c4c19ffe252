using System.CommandLine;
using System.Globalization;
using LayerGrad.Tokenizers.Training;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data tokenizer</c>: trains a tokenizer on datasets.</summary>
internal static class DataTokenizerCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var data = new Option<string[]>("--data") { Description = $"The datasets, each {DataArguments.Kinds}.", HelpName = "DATA", Required = true, AllowMultipleArgumentsPerToken = true };
        var fields = new DataArguments();
        var vocabulary = new Option<int>("--vocabulary") { Description = "The largest number of tokens.", DefaultValueFactory = _ => 4096 };
        var folder = new Option<string>("--out") { Description = "Where tokenizer.json and tokenizer_config.json are written.", HelpName = "DIR", Required = true };
        var command = new Command("tokenizer", "Train a byte-level BPE tokenizer in Hugging Face's format.\n\nExample: layergrad data tokenizer --data train.jsonl --vocabulary 4096 --out tokenizer")
        {
            data, vocabulary, folder,
        };
        foreach (var option in fields.All)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var size = arguments.GetValue(vocabulary);
            if (size < BytePairTrainer.SmallestVocabulary)
                throw new InputException($"--vocabulary is {size}; it must be at least {BytePairTrainer.SmallestVocabulary}, the bytes and two special tokens");
            var path = arguments.GetRequiredValue(folder);
            var texts = arguments.GetRequiredValue(data).SelectMany(name => fields.LoadBeside(arguments, name, TokenizerJsonWriter.FilesIn(path)).RequireTexts("data tokenizer").Examples).Select(example => $"{example.InstructionWithInput}\n{example.Output}");
            var trained = BytePairTrainer.Train(texts, size);
            TokenizerJsonWriter.Write(trained, path);
            Terminal.Print(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: {trained.Tokens.Count} tokens; the data are {trained.Bytes} bytes and {trained.TokenCount} tokens, {(double)trained.Bytes / trained.TokenCount:0.00} bytes a token"));
        });
        return command;
    }
}
