using LayerGrad.Hub;

namespace LayerGrad.Tests.Hub;

/// <summary>A test of the hub's client against a hub on loopback, with a cache of its own.</summary>
public abstract class HubTest : IDisposable
{
    private protected const string Config = """{"model_type": "llama"}""";

    private protected string Cache { get; } = Directory.CreateTempSubdirectory("layergrad-hub-").FullName;

    private protected FakeHub Hub { get; } = new();

    public void Dispose()
    {
        Hub.Dispose();
        Directory.Delete(Cache, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected HubOptions Options() => new()
    {
        Endpoint = Hub.Address,
        CacheFolder = Cache,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        Timeout = TimeSpan.FromSeconds(5),
    };

    private protected Task<string> GetAsync(string path) => GetAsync(path, Options());

    private protected static async Task<string> GetAsync(string path, HubOptions options)
    {
        using var client = new HubClient(options);
        return await client.GetFileAsync(new HubRepository(false, "acme/tiny"), path);
    }

    private protected static async Task<string> RefusalAsync(Func<Task> act)
    {
        var message = (await Should.ThrowAsync<InputException>(act)).Message;
        message.ShouldNotContain("\n");
        return message;
    }
}
