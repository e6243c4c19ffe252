using LayerGrad.Examples;
using LayerGrad.Hub;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Hub;

/// <summary>Datasets on the hub: which files come, where they lie, what is asked for.</summary>
public sealed class DatasetResolverTests : IDisposable
{
    private static readonly string[] s_columns = ["instruction", "output"];

    private readonly TemporaryFolder _cache = new();
    private readonly FakeHub _hub = new();

    public void Dispose()
    {
        _hub.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void Shards_come_one_after_another_and_only_those_that_are_needed()
    {
        _hub.Add("README.md", "words");
        _hub.Add(Shard("data/train-00000-of-00002.parquet", "a", "b"));
        _hub.Add(Shard("data/train-00001-of-00002.parquet", "c"));
        _hub.Add(Shard("data/test-00000-of-00001.parquet", "t"));

        var source = Resolve("acme/tiny");
        source.Commit.ShouldBe(FakeHub.Commit);
        Asked().ShouldBe(["GET /api/datasets/acme/tiny/revision/main"]);
        Outputs(Dataset.Load(source, end: 2)).ShouldBe("ab");
        Asked().ShouldBe([$"HEAD /datasets/acme/tiny/resolve/{FakeHub.Commit}/data/train-00000-of-00002.parquet", $"GET /datasets/acme/tiny/resolve/{FakeHub.Commit}/data/train-00000-of-00002.parquet"]);
        var whole = Dataset.Load(source);
        Outputs(whole).ShouldBe("abc");
        whole.Description.ShouldBe("instruction and output, Parquet (2 files)");
        Asked().ShouldBe([$"HEAD /datasets/acme/tiny/resolve/{FakeHub.Commit}/data/train-00001-of-00002.parquet", $"GET /datasets/acme/tiny/resolve/{FakeHub.Commit}/data/train-00001-of-00002.parquet"]);
        File.Exists(_cache.At($"datasets--acme--tiny/snapshots/{FakeHub.Commit}/data/train-00001-of-00002.parquet")).ShouldBeTrue();

        // Again, and offline: from the cache.
        Outputs(Dataset.Load(Resolve("acme/tiny"))).ShouldBe("abc");
        Asked().ShouldBe(["GET /api/datasets/acme/tiny/revision/main"]);
        Outputs(Dataset.Load(Resolve("acme/tiny", offline: true))).ShouldBe("abc");
        Refusal(() => Dataset.Load(Resolve("acme/tiny?split=test", offline: true))).ShouldContain("HF_HUB_OFFLINE");
        Asked().ShouldBeEmpty();
        Outputs(Dataset.Load(Resolve("hf://datasets/acme/tiny?split=test"))).ShouldBe("t");
    }

    [Fact]
    public void A_file_and_a_folder_of_a_repository_are_named_by_their_path()
    {
        _hub.Add("data/train set.json", """[{"instruction": "i", "output": "o"}]""");
        _hub.Add(Shard("more/x.parquet", "m"));
        var source = Resolve("hf://datasets/acme/tiny/data/train set.json");
        _hub.Requests.First().Path.ShouldBe("/datasets/acme/tiny/resolve/main/data/train%20set.json");
        source.Commit.ShouldBe(FakeHub.Commit);
        Outputs(Dataset.Load(source)).ShouldBe("o");
        Outputs(Dataset.Load(Resolve("hf://datasets/acme/tiny@main/more"))).ShouldBe("m");
    }

    [Fact]
    public void Where_a_repository_has_no_Parquet_the_hub_s_conversion_is_read()
    {
        _hub.Add("notes.jsonl.zip", "x");
        _hub.AddConverted("default/train/0000.parquet", ParquetMaker.Make(s_columns, [["i", "c"]]));
        _hub.AddConverted("default/partial-test/0000.parquet", ParquetMaker.Make(s_columns, [["i", "p"]]));
        var source = Resolve("acme/tiny");
        source.Commit.ShouldBe(FakeHub.ConvertedCommit);
        Outputs(Dataset.Load(source)).ShouldBe("c");
        Outputs(Dataset.Load(Resolve("acme/tiny?split=test"))).ShouldBe("p");
        Outputs(Dataset.Load(Resolve("hf://datasets/acme/tiny@refs/convert/parquet/default/train"))).ShouldBe("c");
    }

    [Fact]
    public void Without_either_the_repository_s_own_files_are_read()
    {
        _hub.Add("train.jsonl", """{"instruction": "i", "output": "own"}""");
        Outputs(Dataset.Load(Resolve("acme/tiny"))).ShouldBe("own");
    }

    [Fact]
    public void Configurations_and_splits_are_named_where_they_are_not_clear()
    {
        _hub.Add(Shard("main/train-00000-of-00001.parquet", "m"));
        _hub.Add(Shard("socratic/train_sft-00000-of-00001.parquet", "s"));
        Refusal(() => Resolve("acme/tiny")).ShouldContain("configurations main, socratic");
        Outputs(Dataset.Load(Resolve("hf://datasets/acme/tiny?config=main"))).ShouldBe("m");
        Refusal(() => Resolve("acme/tiny?config=socratic")).ShouldContain("no split 'train'; there are train_sft");
        Outputs(Dataset.Load(Resolve("acme/tiny?config=socratic&split=train_sft"))).ShouldBe("s");
        Refusal(() => Resolve("acme/tiny?config=other")).ShouldContain("no configuration 'other'; there are main, socratic");
        Refusal(() => Resolve("acme/tiny?shard=2")).ShouldContain("'shard=2' is not understood");
    }

    [Theory]
    [InlineData("runs/data.json", "no such file or folder")]
    [InlineData("./acme/tiny", "no such file or folder")]
    [InlineData("tiny", "no such file or folder")]
    [InlineData("hf://acme/tiny", "is a model")]
    [InlineData("acme/none", "no such dataset")]
    public void What_is_no_dataset_is_refused(string name, string expected)
    {
        _hub.Add("README.md", "x");
        Refusal(() => Resolve(name)).ShouldContain(expected);
    }

    [Fact]
    public void The_token_is_sent_and_gated_datasets_say_what_to_do()
    {
        _hub.Override = static _ => "HTTP/1.1 403 Forbidden\r\nX-Error-Code: GatedRepo\r\nContent-Length: 0\r\n\r\n";
        Refusal(() => DatasetResolver.Resolve("acme/tiny", options: Options(offline: false) with { Token = "hf_secret" })).ShouldContain($"ask for it at {_hub.Address}datasets/acme/tiny");
        _hub.Requests.First().Headers["authorization"].ShouldBe("Bearer hf_secret");
    }

    private static FakeFile Shard(string path, params string[] outputs) =>
        new(path, ParquetMaker.Make(s_columns, [.. outputs.Select(output => new[] { "i", output })]), large: false);

    private static string Outputs(LoadedDataset dataset) => string.Concat(dataset.Examples.Select(example => example.Output));

    private DatasetSource Resolve(string name, bool offline = false) => DatasetResolver.Resolve(name, options: Options(offline));

    private HubOptions Options(bool offline) => new()
    {
        Endpoint = _hub.Address,
        CacheFolder = _cache.Path,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        Timeout = TimeSpan.FromSeconds(5),
        Offline = offline,
    };

    private string[] Asked()
    {
        var asked = _hub.Requests.Select(static request => $"{request.Method} {request.Path}").ToArray();
        _hub.Requests.Clear();
        return asked;
    }

    private static string Refusal(Action act)
    {
        var message = Should.Throw<InputException>(act).Message;
        message.ShouldNotContain('\n');
        return message;
    }
}
