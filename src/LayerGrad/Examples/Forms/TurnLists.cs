using System.Text.Json;
using LayerGrad.Examples.Formats;
using LayerGrad.Json;

namespace LayerGrad.Examples.Forms;

/// <summary>
/// Turns that a table holds as one list a field (<c>{"role": ["user", …], "content": ["…", …]}</c>), as older versions of Hugging Face's datasets
/// store sequences of objects.
/// </summary>
internal static class TurnLists
{
    /// <summary>Whether a value is such lists, all of one length.</summary>
    public static bool IsOne(JsonValue value)
    {
        var lists = value.Members().Select(static member => member.Value).ToList();
        return lists.Count > 0 && lists.TrueForAll(list => list.IsArray && list.Count == lists[0].Count);
    }

    /// <summary>The turns.</summary>
    public static List<JsonValue> Turned(JsonValue value)
    {
        var lists = value.Members().Select(static member => (member.Key, Items: member.Value.Items().ToList())).ToList();
        using var builder = new RecordBuilder();
        return [.. Enumerable.Range(0, lists[0].Items.Count).Select(i => Turn(builder, lists, i, value))];
    }

    private static JsonValue Turn(RecordBuilder builder, List<(string Key, List<JsonValue> Items)> lists, int position, JsonValue value)
    {
        Utf8JsonWriter writer = builder.Begin();
        foreach (var (key, items) in lists)
        {
            writer.WritePropertyName(key);
            items[position].Element.WriteTo(writer);
        }

        return new JsonValue(builder.End(value.File).Element, value.File, $"{value.Path}[{position}]");
    }
}
