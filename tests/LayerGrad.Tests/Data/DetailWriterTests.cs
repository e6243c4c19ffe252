using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Data.Detailing;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Data;

public sealed class DetailWriterTests : IDisposable
{
    private static readonly Example[] s_examples = [.. Enumerable.Range(0, 12).Select(i => new Example(i, $@"What is {i} + {i}?\nThink.", "", $"{2 * i}"))];

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentBag<JsonNode> _requests = [];

    [Fact]
    public async Task Responses_are_checked_and_kept_in_the_order_of_the_dataset()
    {
        using var server = Serve((context, question, _) => Good(context, question));
        var seen = new ConcurrentBag<DetailProgress>();
        var result = await DetailWriter.WriteAsync(s_examples, Options(server) with { PriceIn = 10, PriceOut = 20 }, _folder.At("c.jsonl"), seen.Add, CancellationToken.None);
        result.Rejected.ShouldBeEmpty();
        result.Examples.Select(example => example.Index).ShouldBe(Enumerable.Range(0, 12));
        result.Examples[3].Output.ShouldBe("Adding 3 to itself.\nThe final answer is 6");
        result.Progress.ShouldBe(new DetailProgress(12, 12, 1200, 600, 0.024m));
        seen.Count.ShouldBe(12);
        var request = _requests.First();
        request["model"]!.GetValue<string>().ShouldBe("tutor");
        request["messages"]![0]!["content"]!.GetValue<string>().ShouldBe(DetailPrompt.System);
        request["messages"]![1]!["content"]!.GetValue<string>().ShouldEndWith("?\nThink.");
    }

    [Fact]
    public async Task Failures_stalls_limits_and_nonsense_are_survived()
    {
        var asked = new ConcurrentDictionary<int, int>();
        using var server = Serve(async (context, question, _) =>
        {
            switch (asked.AddOrUpdate(question, 0, (_, count) => count + 1))
            {
                case 0: await LoopbackServer.RespondAsync(context, 503, "busy"); break;
                case 1:
                    context.Response.AddHeader("Retry-After", "0");
                    await LoopbackServer.RespondAsync(context, 429, "slow down");
                    break;
                case 2: await Task.Delay(1500); context.Response.Abort(); break;
                case 3: await LoopbackServer.RespondAsync(context, 200, "<html>hello</html>"); break;
                default: await Good(context, question); break;
            }
        });
        var options = Options(server) with { Retries = 4, Timeout = TimeSpan.FromSeconds(0.5), Backoff = TimeSpan.FromMilliseconds(1) };
        var result = await DetailWriter.WriteAsync(s_examples, options, _folder.At("c.jsonl"), null, CancellationToken.None);
        result.Examples.Count.ShouldBe(12);
    }

    [Fact]
    public async Task A_run_that_was_stopped_goes_on_and_pays_for_nothing_twice()
    {
        var answered = 0;
        using (var server = Serve((context, question, sequence) =>
        {
            if (sequence >= 5)
                return LoopbackServer.RespondAsync(context, 401, "no more credit");
            Interlocked.Increment(ref answered);
            return Good(context, question);
        }))
        {
            var error = await Should.ThrowAsync<InputException>(() => DetailWriter.WriteAsync(s_examples, Options(server) with { Concurrency = 1 }, _folder.At("c.jsonl"), null, CancellationToken.None));
            error.Message.ShouldContain("the server refuses: 401");
            error.Message.ShouldContain("no more credit");
        }

        answered.ShouldBe(5);
        File.AppendAllText(_folder.At("c.jsonl"), "{\"key\": \"torn by kill -9");
        using var second = Serve((context, question, _) =>
        {
            Interlocked.Increment(ref answered);
            return Good(context, question);
        });
        var result = await DetailWriter.WriteAsync(s_examples, Options(second), _folder.At("c.jsonl"), null, CancellationToken.None);
        result.Examples.Count.ShouldBe(12);
        result.Progress.TokensIn.ShouldBe(1200);
        answered.ShouldBe(12);
    }

    [Fact]
    public async Task A_wrong_final_answer_is_asked_again_and_then_left_out()
    {
        using var server = Serve((context, question, _) => question == 4 ? Reply(context, "Sure.\nThe final answer is 9") : Good(context, question));
        var result = await DetailWriter.WriteAsync(s_examples, Options(server) with { Attempts = 2 }, _folder.At("c.jsonl"), null, CancellationToken.None);
        result.Rejected.ShouldBe([4]);
        result.Examples.Count.ShouldBe(11);
        _requests.Count.ShouldBe(13);
        _requests.Count(request => request["temperature"]!.GetValue<double>() > 0).ShouldBe(1);
    }

    [Fact]
    public async Task An_endpoint_that_only_returns_nonsense_is_told()
    {
        using var server = Serve((context, _, _) => LoopbackServer.RespondAsync(context, 200, "{\"choices\": []}"));
        var error = await Should.ThrowAsync<InputException>(() => DetailWriter.WriteAsync(s_examples, Options(server) with { Retries = 1 }, _folder.At("c.jsonl"), null, CancellationToken.None));
        error.Message.ShouldContain("no chat completion ({\"choices\": []}), 2 times in a row");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told()
    {
        var options = new DetailOptions(new Uri("http://127.0.0.1:9/v1"), "m") { Retries = 1, Backoff = TimeSpan.FromMilliseconds(1) };
        (await Should.ThrowAsync<InputException>(() => DetailWriter.WriteAsync(s_examples, options, _folder.At("c.jsonl"), null, CancellationToken.None)))
            .Message.ShouldContain("Connection refused");
    }

    [Fact]
    public async Task The_key_goes_into_the_header_and_nowhere_else()
    {
        string? header = null;
        using var server = Serve((context, question, _) =>
        {
            header = context.Request.Headers["Authorization"];
            return Good(context, question);
        });
        await DetailWriter.WriteAsync(s_examples, Options(server) with { Key = "sk-secret" }, _folder.At("c.jsonl"), null, CancellationToken.None);
        header.ShouldBe("Bearer sk-secret");
        File.ReadAllText(_folder.At("c.jsonl")).ShouldNotContain("sk-secret");
    }

    [Theory]
    [InlineData("The final answer is (D)", "(D)", true)]
    [InlineData("The final answer is **(D) 46**.", "(D)", true)]
    [InlineData("The final answer is D", "(D)", true)]
    [InlineData("The final answer is: (C)", "(D)", false)]
    [InlineData("The final answer is $1,200.00", "1200", true)]
    [InlineData("The final answer is \\(\\frac{1}{2}\\).", "\\frac{1}{2}", true)]
    [InlineData("so \\boxed{\\text{Evelyn}}", "Evelyn", true)]
    [InlineData("so \\boxed{\\frac{1}{2}}", "\\frac{1}{2}", true)]
    [InlineData("The final answer is Yes.", "yes", true)]
    [InlineData("The final answer is carpal tunnel syndrome", "sore hands", false)]
    [InlineData("The final answer is", "", false)]
    [InlineData("I cannot tell.", "yes", false)]
    public void Final_answers_are_found_and_compared(string response, string answer, bool same) =>
        (FinalAnswer.Stated(response) is { } stated && FinalAnswer.Same(stated, answer)).ShouldBe(same);

    [Theory]
    [InlineData("Some steps.\nThe final answer is 20", "20")]
    [InlineData("We get $\\boxed{0}$.", "0")]
    [InlineData(" yes ", "yes")]
    public void A_record_gives_its_answer(string output, string answer) => FinalAnswer.Of(output).ShouldBe(answer);

    public void Dispose() => _folder.Dispose();

    private static DetailOptions Options(LoopbackServer server) => new(new Uri(server.Address, "v1"), "tutor") { Backoff = TimeSpan.FromMilliseconds(1), Concurrency = 4 };

    private static Task Good(HttpListenerContext context, int question) => Reply(context, $"Adding {question} to itself.\nThe final answer is {2 * question}");

    private static Task Reply(HttpListenerContext context, string text)
    {
        var json = new JsonObject
        {
            ["choices"] = new JsonArray(new JsonObject { ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text } }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = 100, ["completion_tokens"] = 50 },
        };
        return LoopbackServer.RespondAsync(context, 200, json.ToJsonString());
    }

    private LoopbackServer Serve(Func<HttpListenerContext, int, int, Task> answer)
    {
        var sequence = -1;
        return new LoopbackServer((context, body) =>
        {
            context.Request.Url!.AbsolutePath.ShouldBe("/v1/chat/completions");
            var request = JsonNode.Parse(body)!;
            _requests.Add(request);
            var user = request["messages"]![1]!["content"]!.GetValue<string>();
            var question = int.Parse(user[(user.IndexOf("What is ", StringComparison.Ordinal) + 8)..].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            return answer(context, question, Interlocked.Increment(ref sequence));
        });
    }
}
