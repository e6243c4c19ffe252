using System.Text;
using LayerGrad.Fuzz.Workers;

namespace LayerGrad.Fuzz.Targets;

/// <summary>A target whose inputs say what fault to commit.</summary>
internal sealed class PlantedTarget : FuzzTarget
{
    public const string TargetName = "planted";

    public static readonly string[] Faults = ["hang", "stack", "memory", "large object", "throw", "two lines"];

    public override string Name => TargetName;

    public override IReadOnlyList<byte[]> Seeds { get; } = ["sound"u8.ToArray()];

    public override byte[] Mutate(byte[] input, Random random) => input;

    public override Verdict Read(byte[] input, string folder)
    {
        switch (Encoding.UTF8.GetString(input))
        {
            case "hang":
                while (true)
                    Thread.SpinWait(100);
            case "stack":
                return new Verdict(Outcome.Read, Deep(1).ToString(null, null));
            case "memory": // 2 GiB a MiB at a time, all of it touched
                var pieces = new List<byte[]>();
                while (pieces.Count < 2048)
                {
                    pieces.Add(new byte[1 << 20]);
                    Array.Fill(pieces[^1], (byte)1);
                }

                return new Verdict(Outcome.Read, pieces[^1].Length.ToString(null, null));
            case "large object":
                return new Verdict(Outcome.Read, new byte[Array.MaxLength].Length.ToString(null, null));
            case "throw":
                throw new FormatException("planted");
            case "two lines":
                throw new InputException("one\ntwo");
            default:
                return Verdict.Read;
        }
    }

    private static int Deep(int depth) => depth < 0 ? 0 : Deep(depth + 1) + depth;
}
