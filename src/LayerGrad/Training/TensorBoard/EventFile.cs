using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace LayerGrad.Training.TensorBoard;

/// <summary>
/// A file of events as TensorBoard reads it: records of TFRecord, each a length and a message with a masked CRC-32C behind it. A start of a
/// training has a file of its own; every record is on its way to the disk when the call returns.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private static int s_files;

    private readonly string _path;
    private readonly FileStream _file;

    /// <summary>Begins a file.</summary>
    /// <param name="folder">Its folder, which is made where it is missing.</param>
    /// <param name="resumedAt">The first step of a training that goes on; null for one that begins.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public EventFile(string folder, int? resumedAt)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{Interlocked.Increment(ref s_files)}");
        _path = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder);
            _file = new FileStream(_path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--tensorboard {folder}: cannot be written: {FileFailure.Reason(error)}", error);
        }

        Append(EventMessage.Version(Now));
        if (resumedAt is { } step)
            Append(EventMessage.Resumed(Now, step));
    }

    /// <summary>Writes scalars of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="scalars">Their tags and values.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Write(int step, IEnumerable<(string Tag, double Value)> scalars) => Append(EventMessage.Scalars(Now, step, scalars));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Seconds since 1970.</summary>
    private static double Now => (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

    private void Append(byte[] message)
    {
        var record = new byte[8 + 4 + message.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(record.AsSpan(0, 8)));
        message.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), Masked(message));
        try
        {
            _file.Write(record);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{_path}: {FileFailure.Reason(error)}; mend the disk and go on with --resume.", error);
        }
    }

    /// <summary>CRC-32C (Castagnoli), masked as TFRecord does, so that a checksum of data with checksums in them stays a good one.</summary>
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
