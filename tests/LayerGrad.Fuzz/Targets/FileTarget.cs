using LayerGrad.Cli;
using LayerGrad.Fuzz.Workers;

namespace LayerGrad.Fuzz.Targets;

/// <summary>A target whose input is a file that a reader opens by its path.</summary>
/// <param name="name">The target.</param>
/// <param name="file">The name of the file; what stands beside it is <paramref name="beside"/>.</param>
/// <param name="seeds">Sound inputs, made when they are first needed.</param>
/// <param name="mutate">Changes one.</param>
/// <param name="read">Reads the file, given its path.</param>
/// <param name="beside">Fills the folder with what belongs to it.</param>
internal sealed class FileTarget(
    string name, string file, Func<IReadOnlyList<byte[]>> seeds, Func<byte[], Random, byte[]> mutate, Func<string, Verdict> read, Action<string>? beside = null) : FuzzTarget
{
    private readonly Lazy<IReadOnlyList<byte[]>> _seeds = new(seeds);

    public override string Name => name;

    public override IReadOnlyList<byte[]> Seeds => _seeds.Value;

    public override byte[] Mutate(byte[] input, Random random) => mutate(input, random);

    public override void Prepare(string folder) => beside?.Invoke(folder);

    public override Verdict Read(byte[] input, string folder)
    {
        var path = Path.Combine(folder, file);
        File.WriteAllBytes(path, input);
        return read(path);
    }

    /// <summary>Runs a command in this process, and holds its exit status and its lines on standard error to what is promised.</summary>
    public static Verdict Command(params string[] arguments)
    {
        using var errors = new StringWriter();
        Console.SetError(errors);
        var status = CommandLine.Run(arguments);
        var said = errors.ToString().TrimEnd('\n');
        return status switch
        {
            0 => Verdict.Read,
            2 when said.StartsWith("layergrad: ", StringComparison.Ordinal) => WorkerLoop.Line(said),
            _ => Verdict.Finding($"exit status {status}: {said}"),
        };
    }
}
