using System.IO.Pipes;
using LayerGrad.Fuzz.Targets;

namespace LayerGrad.Fuzz.Workers;

/// <summary>The worker's side: reads the names of inputs from standard input, gives each to the target and answers through a pipe of its own, since targets print.</summary>
internal static class WorkerLoop
{
    /// <summary>Works until standard input ends.</summary>
    /// <param name="target">The target.</param>
    /// <param name="pipe">The handle of the pipe for answers.</param>
    public static int Run(FuzzTarget target, string pipe)
    {
        using var answers = new BinaryWriter(new AnonymousPipeClientStream(PipeDirection.Out, pipe));
        var folder = Directory.CreateTempSubdirectory("layergrad-fuzz-").FullName;
        using var input = new StreamReader(Console.OpenStandardInput());
        Console.SetOut(TextWriter.Null);
        try
        {
            target.Prepare(folder);
            while (input.ReadLine() is { } path)
            {
                var verdict = Try(target, folder, File.ReadAllBytes(path));
                answers.Write((byte)verdict.Outcome);
                answers.Write(verdict.Text);
                answers.Flush();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static Verdict Try(FuzzTarget target, string folder, byte[] input)
    {
        try
        {
            return target.Read(input, folder);
        }
        catch (InputException error)
        {
            return Line(error.Message);
        }
        catch (Exception error)
        {
            return Verdict.Finding(error.ToString());
        }
    }

    /// <summary>A refusal, if it is what the user should see.</summary>
    internal static Verdict Line(string message) => message.Length == 0 || message.AsSpan().ContainsAny("\n\r\e\0")
        ? Verdict.Finding($"a refusal that is not one line: {message}")
        : new Verdict(Outcome.Refused, message);
}
