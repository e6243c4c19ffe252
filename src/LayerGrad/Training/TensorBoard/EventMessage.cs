using Google.Protobuf;

namespace LayerGrad.Training.TensorBoard;

/// <summary>
/// Messages of TensorFlow's <c>event.proto</c> and <c>summary.proto</c>, the few fields that scalars take. They are written field by field, in
/// the order of their numbers.
/// </summary>
internal static class EventMessage
{
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7; // of Event
    private const int Value = 1; // of Summary
    private const int Tag = 1, SimpleValue = 2; // of Summary.Value
    private const int Status = 1, Start = 1; // of SessionLog, and its value

    /// <summary>The first event of a file.</summary>
    public static byte[] Version(double wallTime) => Message(output =>
    {
        WriteTime(output, wallTime);
        output.WriteTag(FileVersion, WireFormat.WireType.LengthDelimited);
        output.WriteString("brain.Event:2");
    });

    /// <summary>Says that a training goes on: what earlier files hold from a step on is no longer shown.</summary>
    public static byte[] Resumed(double wallTime, long step) => Message(output =>
    {
        WriteTime(output, wallTime);
        WriteStep(output, step);
        WriteMessage(output, SessionLog, Message(log =>
        {
            log.WriteTag(Status, WireFormat.WireType.Varint);
            log.WriteEnum(Start);
        }));
    });

    /// <summary>Scalars of a step. They are float32 there; what is not finite stays so.</summary>
    public static byte[] Scalars(double wallTime, long step, IEnumerable<(string Tag, double Value)> scalars) => Message(output =>
    {
        WriteTime(output, wallTime);
        WriteStep(output, step);
        WriteMessage(output, Summary, Message(summary =>
        {
            foreach (var (tag, value) in scalars)
                WriteMessage(summary, Value, Scalar(tag, (float)value));
        }));
    });

    private static byte[] Scalar(string tag, float value) => Message(output =>
    {
        output.WriteTag(Tag, WireFormat.WireType.LengthDelimited);
        output.WriteString(tag);
        output.WriteTag(SimpleValue, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
    });

    private static void WriteTime(CodedOutputStream output, double wallTime)
    {
        output.WriteTag(WallTime, WireFormat.WireType.Fixed64);
        output.WriteDouble(wallTime);
    }

    private static void WriteStep(CodedOutputStream output, long step)
    {
        output.WriteTag(Step, WireFormat.WireType.Varint);
        output.WriteInt64(step);
    }

    private static void WriteMessage(CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(message));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return bytes.ToArray();
    }
}
