using System.Text.Json;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Hostile;

/// <summary>Every file of <c>shared/hostile</c> with the commands that its README names.</summary>
internal sealed class HostileCommands : IDisposable
{
    /// <summary>
    /// What has an answer. An inspection tells what a configuration cannot be measured for; a null in a run is left out as NaN is; half a surrogate pair in an instruction is
    /// how Python writes such a dataset; the runs' own texts stay readable where what is broken is not needed.
    /// </summary>
    private static readonly HashSet<string> s_answered = new(StringComparer.Ordinal)
    {
        "mutated/tmpl/448/chat_template.jinja prompt",
        "tokenizers/300m.json tokenize", "mutated/tok/10470 tokenize", "mutated/tok/10470 measure", "mutated/tok/11297 tokenize", "mutated/tok/11297 measure",
        "mutated/tok/528 tokenize", "mutated/tok/528 measure", "configs/unknownfield.json measure",
        "runs/null.jsonl compare", "runs/null.jsonl plot", "runs/null.jsonl report", "runs/surr.jsonl compare", "runs/surr.jsonl plot", "runs/surr.jsonl report",
        "mutated/run/21636 compare", "mutated/run/21636 plot",
        "mutated/run/22252 compare", "mutated/run/22252 plot", "mutated/run/22960 compare", "mutated/run/22960 plot", "mutated/run/22960 report",
        "mutated/run/611 compare", "mutated/run/611 plot",
    };

    /// <summary>The checkpoints that the mutated configurations were made from; those of Qwen3 MoE there are two of.</summary>
    private static readonly Dictionary<string, string[]> s_origins = new(StringComparer.Ordinal)
    {
        ["1258"] = ["tiny/qwen2"],
        ["20354"] = ["more/granite"],
        ["20885"] = ["tiny/gemma2"],
        ["21197"] = ["tiny/gemma2"],
        ["21388"] = ["more/qwen3_moe", "today/qwen3_moe"],
        ["21910"] = ["more/glm"],
        ["8510"] = ["tiny/gemma2"],
        ["8885"] = ["more/starcoder2"],
        ["966"] = ["more/qwen3_moe", "today/qwen3_moe"],
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string _plain;
    private readonly string _sixty;
    private readonly string _sound;
    private int _made;

    public HostileCommands()
    {
        _plain = _folder.Write("plain.json", """[{"instruction": "What is two and two?", "output": "four"}]""");
        _sixty = _folder.Write("sixty.json", JsonSerializer.Serialize(new[] { new { instruction = SixtyLetters, output = "b" } }));
        // Runs are compared at one depth, so the sound one is one of the hostile ones without its fault.
        _sound = _folder.Write("sound.jsonl", File.ReadAllText(Hostile("runs", "surr.jsonl")).Replace("\\ud800", "", StringComparison.Ordinal));
    }

    private static string SixtyLetters => new string('a', 60) + "!";

    private static string Llama => Shared.Path("models", "tiny", "llama2");

    /// <summary>All of them.</summary>
    public IReadOnlyList<HostileCommand> All => [.. Templates(), .. Tokenizers(), .. Configurations(), .. Indices(), .. Studies(), .. Datasets(), .. Runs(), .. MutatedRuns(), .. Kernels()];

    /// <summary>Whether a command has an answer on its input.</summary>
    public static bool IsAnswered(HostileCommand command) => s_answered.Contains(command.Input)
        || (command.Arguments[0] == "inspect" && command.Input.Contains("config", StringComparison.Ordinal) && command.Input != "mutated/config/21910 inspect");

    public void Dispose() => _folder.Dispose();

    private static string Hostile(params string[] parts) => Shared.Path(["hostile", .. parts]);

    private static string[] Files(params string[] parts) => [.. Directory.GetFiles(Hostile(parts), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string[] Folders(params string[] parts) => [.. Directory.GetDirectories(Hostile(parts)).Order(StringComparer.Ordinal)];

    private static string NameOf(string path) => Path.GetRelativePath(Hostile(), path).Replace('\\', '/');

    private static HostileCommand Command(string input, string[] arguments, params string[] named) => new($"{NameOf(input)} {arguments[0]}", arguments, [input, .. named]);

    private IEnumerable<HostileCommand> Templates()
    {
        foreach (var file in Files("templates").Concat(Files("mutated", "tmpl")))
        {
            var model = Model("tiny/llama2", ("chat_template.jinja", file));
            yield return Command(file, ["prompt", model, "--user", "hi"], model);
        }
    }

    private IEnumerable<HostileCommand> Tokenizers()
    {
        foreach (var input in Files("tokenizers").Concat(Folders("mutated", "tok")))
        {
            var model = File.Exists(input) ? Model("tiny/llama2", ("tokenizer.json", input))
                : Model("tiny/llama2", [.. Directory.GetFiles(input).Select(file => (Path.GetFileName(file), file))]);
            yield return Command(input, ["tokenize", model, SixtyLetters], model);
            yield return Command(input, Measure(model, _sixty), model);
        }
    }

    private IEnumerable<HostileCommand> Configurations()
    {
        var made = Files("configs").Select(file => (Input: file, File: file, Origin: "tiny/llama2"));
        var mutated = Folders("mutated", "config").SelectMany(folder => s_origins[Path.GetFileName(folder)].Select(origin => (Input: folder, File: Path.Combine(folder, "config.json"), Origin: origin)));
        foreach (var (input, file, origin) in made.Concat(mutated))
        {
            var model = Model(origin, ("config.json", file));
            yield return Command(input, ["inspect", model], model);
            yield return Command(input, Measure(model, _plain), model);
        }
    }

    private IEnumerable<HostileCommand> Indices()
    {
        foreach (var folder in Folders("mutated", "index"))
        {
            var model = Model("tiny/llama2", [.. Directory.GetFiles(folder).Select(file => (Path.GetFileName(file), file))]);
            File.Move(Path.Combine(model, "model.safetensors"), Path.Combine(model, "a.safetensors"));
            yield return Command(folder, ["inspect", model], model);
            yield return Command(folder, Measure(model, _plain), model);
        }
    }

    private static IEnumerable<HostileCommand> Studies() => Files("studies").Concat(Files("mutated", "yaml")).Select(file => Command(file, ["study", file, "--dry-run"]));

    private IEnumerable<HostileCommand> Datasets()
    {
        foreach (var file in Files("data").Concat(Files("mutated", "data")))
        {
            yield return Command(file, ["data", "inspect", file]);
            yield return Command(file, Measure(Llama, file));
        }
    }

    private IEnumerable<HostileCommand> Runs()
    {
        foreach (var file in Files("runs"))
        {
            foreach (var (command, more) in Readers())
            {
                yield return Command(file, [command, file, .. more]);
                yield return Command(file, [command, file, _sound, .. more]);
                yield return Command(file, [command, Shared.Path("reference", "analysis", "28layers.none.jsonl"), file, .. more]) with { Input = $"{NameOf(file)} {command} of another depth" };
            }
        }
    }

    private IEnumerable<HostileCommand> MutatedRuns()
    {
        foreach (var folder in Folders("mutated", "run"))
        {
            var copy = NewFolder();
            foreach (var file in Directory.GetFiles(folder))
                File.WriteAllBytes(Path.Combine(copy, Path.GetFileName(file)), File.ReadAllBytes(file));
            var run = Path.Combine(copy, "r.jsonl");
            foreach (var (command, more) in Readers())
                yield return Command(folder, [command, run, .. more], copy);
            yield return Command(folder, Measure(Llama, _plain, run), copy);
        }
    }

    private IEnumerable<HostileCommand> Kernels() => Folders("mutated", "npy").SelectMany(folder => (HostileCommand[])
    [
        Command(folder, ["report", _sound, "--kernel", Path.Combine(folder, "k.npy"), "--out", _folder.At("kernel.html")]),
        Command(folder, ["noise", Path.Combine(folder, "k.npy")]),
    ]);

    private (string Command, string[] More)[] Readers() =>
        [("compare", ["--bootstrap", "200"]), ("plot", ["--bootstrap", "50", "--out", _folder.At("figure.svg")]), ("report", ["--bootstrap", "200", "--out", _folder.At("report.html")])];

    private string[] Measure(string model, string data, string? run = null) =>
        ["measure", "--model", model, "--data", data, "--limit", "1", "--device", "cpu", "--memory", "500MiB", "--quiet", "--out", run ?? Path.Combine(NewFolder(), "run.jsonl")];

    private string NewFolder() => Directory.CreateDirectory(_folder.At($"{++_made}")).FullName;

    /// <summary>A copy of a checkpoint with other files, byte for byte.</summary>
    private string Model(string origin, params (string Name, string File)[] others)
    {
        var copy = NewFolder();
        foreach (var file in Directory.GetFiles(Shared.Path(["models", .. origin.Split('/')])).Where(file => !Array.Exists(others, other => other.Name == Path.GetFileName(file))))
            File.CreateSymbolicLink(Path.Combine(copy, Path.GetFileName(file)), file);
        foreach (var (name, file) in others)
            File.WriteAllBytes(Path.Combine(copy, name), File.ReadAllBytes(file));
        return copy;
    }
}
