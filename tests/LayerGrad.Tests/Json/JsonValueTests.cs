using System.Text;
using LayerGrad.Json;

namespace LayerGrad.Tests.Json;

/// <summary>What is wrong with foreign JSON is told with the file and the keys that lead to it.</summary>
public sealed class JsonValueTests
{
    [Fact]
    public void A_value_of_the_wrong_type_is_told_with_its_file_and_path()
    {
        var json = Parse("""{"rope_parameters": {"full_attention": {"factor": "8", "list": [1, {"id": -1}]}}}""");
        var inner = json.Object("rope_parameters").Object("full_attention");

        Told(() => inner.Double("factor")).ShouldBe("config.json: rope_parameters.full_attention.factor must be a number, but is \"8\"");
        Told(() => inner.Text("missing")).ShouldBe("config.json: rope_parameters.full_attention.missing is missing");
        Told(() => inner.Array("list").Last().Int("id", 0)).ShouldBe("config.json: rope_parameters.full_attention.list[1].id must be a whole number that is not negative, but is -1");
        Told(() => json.AsText()).ShouldBe("config.json: the top level must be a text, but is an object");
    }

    [Theory]
    [InlineData("NaN", double.NaN)]
    [InlineData("Infinity", double.PositiveInfinity)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    [InlineData("""{"__float__": "Infinity"}""", double.PositiveInfinity)]
    [InlineData("""{"__float__": "-Infinity"}""", double.NegativeInfinity)]
    [InlineData("""{"__float__": "NaN"}""", double.NaN)]
    [InlineData("1e400", double.PositiveInfinity)]
    public void Python_s_infinities_are_read_and_refused_where_a_number_must_be_finite(string text, double expected)
    {
        var value = Parse($$"""{"a": [0, {{text}}], "NaN": "Infinity"}""").Array("a").Last();

        value.AsAnyDouble().ShouldBe(expected);
        Told(() => value.AsDouble()).ShouldStartWith("config.json: a[1] must be a finite number");
        Told(() => value.AsInt()).ShouldStartWith("config.json: a[1] must be a whole number");
    }

    [Fact]
    public void Names_of_numbers_within_texts_stay_texts() =>
        Parse("""{"NaN": "Infinity and \"NaN\""}""").Text("NaN").ShouldBe("Infinity and \"NaN\"");

    [Fact]
    public void Half_a_surrogate_pair_is_refused_and_not_replaced()
    {
        Told(() => Parse("""{"a": "\ud800"}""").Text("a")).ShouldStartWith("config.json: a is a text that is not valid Unicode");
        Told(() => Parse("""{"a": "\ud800"}""").Compact()).ShouldContain("is not valid Unicode");
    }

    [Theory]
    [InlineData("{\n  \"a\": tru\n}", "config.json:2:")]
    [InlineData("", "config.json:1:1: not valid JSON")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer")]
    public void What_is_no_JSON_is_told_with_line_and_column_or_for_what_it_is(string text, string told) =>
        Told(() => Parse(text)).ShouldContain(told);

    [Fact]
    public void A_key_that_stands_twice_is_refused_where_it_differs()
    {
        Parse("""{"a": [{"b": 1, "c": [2, 3], "b": 1}], "d": "NaN"}""").RefuseKeysTwice();
        Told(() => Parse("""{"a": [[], {"b": 1, "c": 2, "b": 3}]}""").RefuseKeysTwice()).ShouldBe("config.json: a[1].b stands twice, with different values; leave one of them");
    }

    [Theory]
    [InlineData("{\"a\": undefined}", "config.json:1:7: not valid JSON: 'undefined' cannot stand here")]
    [InlineData("{\"a\": 1,}", "config.json:1:9: not valid JSON: '}' cannot stand here")]
    [InlineData("{\n\"a\": \"é", "config.json:2:")]
    [InlineData("{\"a\": \"\u0001\"}", "config.json:1:8: not valid JSON: the control character U+0001 cannot stand here")]
    [InlineData("{\"a\": 1} ü", "config.json:1:10: not valid JSON: 'ü' cannot stand here")]
    [InlineData("{\"a\": [", "config.json:1:8: not valid JSON: it ends too early")]
    public void Why_a_text_is_no_JSON_is_told_in_our_own_words(string text, string told)
    {
        var message = Told(() => Parse(text));
        message.ShouldStartWith(told);
        foreach (var word in (string[])["expected", "reader", "invalid", "Byte"])
            message.ShouldNotContain(word);
    }

    [Fact]
    public void Nesting_that_is_too_deep_is_told_as_that() =>
        Told(() => Parse(new string('[', 1000))).ShouldBe("config.json:1:129: not valid JSON: values are nested too deeply");

    private static JsonValue Parse(string text) => ForeignJson.Parse(Encoding.UTF8.GetBytes(text), "config.json");

    private static string Told(Action read)
    {
        var message = Should.Throw<InputException>(read).Message;
        message.ShouldNotContain("\n");
        return message;
    }

    private static string Told<T>(Func<T> read) => Told(() => { _ = read(); });
}
