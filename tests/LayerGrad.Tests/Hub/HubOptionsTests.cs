using LayerGrad.Hub;

namespace LayerGrad.Tests.Hub;

public sealed class HubOptionsTests
{
    [Fact]
    public void Without_variables_the_usual_places_are_meant()
    {
        var options = From(("HOME", "/home/ada"));
        options.Endpoint.ShouldBe(new Uri("https://huggingface.co"));
        options.CacheFolder.ShouldBe("/home/ada/.cache/huggingface/hub");
        options.Token.ShouldBeNull();
        options.Offline.ShouldBeFalse();
    }

    [Fact]
    public void The_variables_of_the_hub_s_own_client_are_heeded()
    {
        From(("HOME", "/home/ada"), ("XDG_CACHE_HOME", "/x")).CacheFolder.ShouldBe("/x/huggingface/hub");
        From(("HOME", "/home/ada"), ("HF_HOME", "~/hf")).CacheFolder.ShouldBe("/home/ada/hf/hub");
        From(("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/cache")).CacheFolder.ShouldBe("/cache");
        From(("HF_ENDPOINT", "http://mirror.example/hub/")).Endpoint.ShouldBe(new Uri("http://mirror.example/hub"));
        From(("HF_TOKEN", " hf_1\n")).Token.ShouldBe("hf_1");
        From(("HF_HUB_OFFLINE", "1")).Offline.ShouldBeTrue();
        From(("HF_HUB_OFFLINE", "0")).Offline.ShouldBeFalse();
        Should.Throw<InputException>(() => From(("HF_ENDPOINT", "mirror"))).Message.ShouldContain("HF_ENDPOINT");
    }

    [Fact]
    public void The_token_s_file_is_read()
    {
        var home = Directory.CreateTempSubdirectory("layergrad-token-").FullName;
        File.WriteAllText(Path.Combine(home, "token"), "hf_file\n");
        From(("HF_HOME", home)).Token.ShouldBe("hf_file");
        From(("HF_HOME", home), ("HF_TOKEN", "hf_variable")).Token.ShouldBe("hf_variable");
        Directory.Delete(home, recursive: true);
    }

    [Theory]
    [InlineData("acme/tiny", "acme/tiny", "main")]
    [InlineData("acme/tiny@v1.0", "acme/tiny", "v1.0")]
    [InlineData("acme/tiny@refs/pr/1", "acme/tiny", "refs/pr/1")]
    public void Names_are_read(string text, string name, string revision) =>
        HubRepository.TryParse(text, isDataset: false).ShouldBe(new HubRepository(false, name, revision));

    [Theory]
    [InlineData("tiny")]
    [InlineData("a/b/c")]
    [InlineData("../tiny")]
    [InlineData("acme/..")]
    [InlineData("acme/ti--ny")]
    [InlineData("acme/tiny@")]
    [InlineData("acme/tiny@../../x")]
    [InlineData("acme/tiny\n")]
    [InlineData("acme/ti ny")]
    public void What_is_no_name_is_not_taken_for_one(string text) => HubRepository.TryParse(text, isDataset: false).ShouldBeNull();

    [Theory]
    [InlineData("hf://acme/tiny/../../x")]
    [InlineData("hf://acme")]
    [InlineData("hf://datasets/acme/tiny//x")]
    public void References_that_are_not_well_formed_are_refused(string text) =>
        Should.Throw<InputException>(() => HubReference.Parse(text)).Message.ShouldContain(text);

    private static HubOptions From(params (string Name, string Value)[] variables)
    {
        var values = variables.ToDictionary(static variable => variable.Name, static variable => variable.Value);
        return HubOptions.From(values.GetValueOrDefault);
    }
}
