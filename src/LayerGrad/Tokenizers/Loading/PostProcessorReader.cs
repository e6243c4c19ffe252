using LayerGrad.Json;
using LayerGrad.Tokenizers.Models;
using LayerGrad.Tokenizers.PostProcessors;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the post-processors of tokenizer.json.</summary>
/// <param name="vocabulary">The tokens.</param>
internal sealed class PostProcessorReader(Vocabulary vocabulary)
{
    /// <summary>Reads a post-processor and makes sure that its steps fit together.</summary>
    public PostProcessor Read(JsonValue json)
    {
        var processor = ReadStep(json);
        try
        {
            processor.Process([new TokenBuffer()], addSpecialTokens: true);
            processor.Process([new TokenBuffer()], addSpecialTokens: false);
        }
        catch (InputException error)
        {
            throw new InputException($"{json.File}: {json.Path}: {error.Message}", error);
        }

        return processor;
    }

    private PostProcessor ReadStep(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => new SequencePostProcessor([.. json.Array("processors").Select(ReadStep)]),
        "ByteLevel" => ReadTrim(json),
        "TemplateProcessing" => new TemplatePostProcessor(ReadTemplate(json, "single"), json.Has("pair") ? ReadTemplate(json, "pair") : []),
        "BertProcessing" => new BertPostProcessor(ReadId(json, "cls"), ReadId(json, "sep"), separatesBefore: false),
        "RobertaProcessing" => new SequencePostProcessor([ReadTrim(json), new BertPostProcessor(ReadId(json, "cls"), ReadId(json, "sep"), separatesBefore: true)]),
        var type => throw json.Error(
            $"{json.Below("type")} is {type}, which is not supported; supported are Sequence, ByteLevel, TemplateProcessing, BertProcessing and RobertaProcessing"),
    };

    private PostProcessor ReadTrim(JsonValue json) => json.Flag("trim_offsets", otherwise: true)
        ? new ByteLevelPostProcessor(vocabulary, json.Flag("add_prefix_space", otherwise: true))
        : new SequencePostProcessor([]);

    /// <summary>The id of a token that is written with its id (<c>["[CLS]", 101]</c>).</summary>
    private static int ReadId(JsonValue json, string key) =>
        json.Array(key).ToList() is [_, var id] ? id.AsInt(0) : throw json.Error($"{json.Below(key)} must be a token and its id");

    private static List<TemplatePostProcessor.Piece> ReadTemplate(JsonValue json, string key)
    {
        var pieces = new List<TemplatePostProcessor.Piece>();
        foreach (var item in json.Array(key))
        {
            if (item.OptionalObject("Sequence") is { } sequence)
                pieces.Add(new TemplatePostProcessor.Piece(ReadSequence(sequence), Ids: null));
            else if (item.OptionalObject("SpecialToken") is { } token)
                pieces.Add(new TemplatePostProcessor.Piece(Sequence: 0, ReadIds(json, token.Text("id"))));
            else
                throw item.Error($"{item.Path} must be a Sequence or a SpecialToken");
        }

        return pieces;
    }

    private static int ReadSequence(JsonValue json) => json.Text("id") switch
    {
        "A" => 0,
        "B" => 1,
        var other => throw json.Error($"{json.Below("id")} is {other}, but must be A or B"),
    };

    private static int[] ReadIds(JsonValue json, string token)
    {
        if (json.OptionalObject("special_tokens")?.OptionalObject(token)?.Find("ids") is not { } ids)
            throw json.Error($"{json.Below("special_tokens")} does not give the ids of {token}");
        return [.. ids.Items().Select(id => id.AsInt(0))];
    }
}
