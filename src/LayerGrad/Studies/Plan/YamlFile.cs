using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace LayerGrad.Studies.Plan;

/// <summary>
/// Reads a YAML file within bounds. The library builds its tree by recursion and shares what an alias stands for, so that a few lines can overflow the stack
/// or stand for more values than any machine holds: a first pass over its events counts before anything is built.
/// </summary>
internal static class YamlFile
{
    private const int MostBytes = 1 << 20;
    private const int DeepestNesting = 32;

    /// <summary>Values of a file, each alias counted with all that it stands for.</summary>
    private const long MostValues = 100_000;

    /// <summary>Reads the one document of a file.</summary>
    /// <exception cref="InputException">It cannot be read, is not YAML, holds no document or more than one, is too large, or a value contains itself.</exception>
    public static YamlNode Load(string file)
    {
        var text = Read(file);
        new Bounds(file).Check(text);
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (Exception error) when (error is not (OutOfMemoryException or InputException))
        {
            // The events and anchors were sound; what is left is two equal keys.
            var place = error is YamlException { Start.Line: > 0 } known ? $"{file}:{known.Start.Line}:{known.Start.Column}" : file;
            throw new InputException($"{place}: a key stands twice in this mapping.", error);
        }

        return stream.Documents.Count == 1 ? stream.Documents[0].RootNode : throw new InputException($"{file}: {stream.Documents.Count} YAML documents; a study is one.");
    }

    private static string Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(InputFile.Require(file));
            if (stream.CanSeek && stream.Length > MostBytes)
                throw new InputException($"{file}: has {stream.Length} bytes; a study is a YAML file of at most {MostBytes}.");
            var bytes = new byte[MostBytes + 1];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (read > MostBytes)
                throw new InputException($"{file}: has more than {MostBytes} bytes; a study is a YAML file of at most that.");
            using var reader = new StreamReader(new MemoryStream(bytes, 0, read));
            return reader.ReadToEnd();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(File.Exists(file) ? $"{file}: cannot be read: {FileFailure.Reason(error)}." : $"{file}: no such file; a study is a YAML file such as studies/quick.yaml.", error);
        }
    }

    /// <summary>Goes over the events of a file and counts.</summary>
    private sealed class Bounds(string file)
    {
        private readonly Dictionary<string, long> _sizes = new(StringComparer.Ordinal);
        private readonly Stack<Frame> _open = new();
        private long _values;

        public void Check(string text)
        {
            var parser = new Parser(new StringReader(text));
            var last = Mark.Empty;
            while (true)
            {
                try
                {
                    if (!parser.MoveNext())
                        return;
                }
                catch (Exception error) when (error is not OutOfMemoryException)
                {
                    throw NotYaml(error, last);
                }

                var current = parser.Current!;
                last = current.End.Index > last.Index ? current.End : last;
                Count(current);
            }
        }

        private void Count(ParsingEvent current)
        {
            switch (current)
            {
                case MappingStart start:
                    Open(start, start.Style == MappingStyle.Flow ? "{ … }" : null);
                    break;
                case SequenceStart start:
                    Open(start, start.Style == SequenceStyle.Flow ? "[ … ]" : null);
                    break;
                case MappingEnd or SequenceEnd:
                    var frame = _open.Pop();
                    if (frame.Anchor is { } anchor)
                        _sizes[anchor] = _values - frame.Before;
                    break;
                case AnchorAlias alias:
                    if (_open.Any(parent => parent.Anchor == alias.Value.Value))
                        throw Error(alias.Start, "this value contains itself: an alias stands inside its own anchor.");
                    if (!_sizes.TryGetValue(alias.Value.Value, out var size))
                        throw Error(alias.Start, $"*{alias.Value.Value} has no anchor &{alias.Value.Value} above it.");
                    Add(alias, size);
                    break;
                case Scalar scalar:
                    Add(scalar, 1);
                    if (!scalar.Anchor.IsEmpty)
                        _sizes[scalar.Anchor.Value] = 1;
                    break;
            }
        }

        private void Open(NodeEvent start, string? flow)
        {
            _open.Push(new Frame(start.Anchor.IsEmpty ? null : start.Anchor.Value, _values, start.Start, flow));
            if (_open.Count > DeepestNesting)
                throw Error(start.Start, $"values are nested here more than {DeepestNesting} deep.");
            Add(start, 1);
        }

        private void Add(ParsingEvent at, long values)
        {
            _values += values;
            if (_values > MostValues)
                throw Error(at.Start, $"the file stands for more than {MostValues} values here, aliases counted with what they stand for.");
        }

        private InputException NotYaml(Exception error, Mark last)
        {
            var at = error is YamlException known && known.Start.Index > last.Index ? known.Start : last;
            return _open.FirstOrDefault(frame => frame.Flow is not null) is { Flow: { } flow } open
                ? Error(open.Start, $"not valid YAML: this {flow} is opened here, and goes wrong or is not closed at line {at.Line}.", error)
                : Error(at, "not valid YAML; look here for a tab, a quote that is not closed, a missing blank behind a colon, or indentation that changes.", error);
        }

        private InputException Error(Mark at, string what, Exception? inner = null) =>
            inner is null ? new($"{file}:{at.Line}:{at.Column}: {what}") : new($"{file}:{at.Line}:{at.Column}: {what}", inner);

        private sealed record Frame(string? Anchor, long Before, Mark Start, string? Flow);
    }
}
