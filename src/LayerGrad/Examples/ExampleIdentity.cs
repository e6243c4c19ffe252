using System.Buffers;
using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Examples;

/// <summary>
/// The identity of a decoded record: the same for the same turns, response, tools and documents (or token ids), whatever form and format they came
/// in.
/// </summary>
internal static class ExampleIdentity
{
    /// <summary>What the identity of a dataset begins with, unlike that of a file.</summary>
    public const string Prefix = "records-sha256:";

    /// <summary>SHA-256 of an example.</summary>
    public static byte[] Of(Example example)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartArray();
            if (example.TokenIds is { } tokens)
                Write(writer, tokens);
            else
                WriteTexts(writer, example);
            foreach (var value in (JsonValue?[])[example.Tools, example.Documents, example.TemplateVariables])
                Write(writer, value);
            writer.WriteEndArray();
        }

        return Sha256.Of(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, TokenIdSequence tokens)
    {
        foreach (var numbers in (IReadOnlyList<int>[])[tokens.Ids, tokens.Counted])
        {
            writer.WriteStartArray();
            foreach (var number in numbers)
                writer.WriteNumberValue(number);
            writer.WriteEndArray();
        }
    }

    private static void WriteTexts(Utf8JsonWriter writer, Example example)
    {
        foreach (var turn in example.Messages ?? Turns(example))
        {
            writer.WriteStringValue(turn.Role);
            if (turn.Record is { } record)
                record.Element.WriteTo(writer);
            else
                writer.WriteStringValue(turn.Content);
        }

        writer.WriteStringValue("response");
        writer.WriteStringValue(example.Output);
        example.Response?.Record?.Element.WriteTo(writer);
    }

    private static IEnumerable<ChatMessage> Turns(Example example)
    {
        if (example.System.Length > 0)
            yield return new ChatMessage("system", example.System);
        foreach (var (user, assistant) in example.History)
        {
            yield return new ChatMessage("user", user);
            yield return new ChatMessage("assistant", assistant);
        }

        yield return new ChatMessage("user", example.InstructionWithInput);
    }

    private static void Write(Utf8JsonWriter writer, JsonValue? value)
    {
        if (value is { } given)
            given.Element.WriteTo(writer);
        else
            writer.WriteNullValue();
    }
}
