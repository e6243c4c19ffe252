using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace LayerGrad.Checkpoints.Pickle;

/// <summary>
/// Reads the pickles of <c>torch.save</c> and nothing else. A pickle is a program for a small stack machine that may name any function of
/// Python and have it called; this reader knows the instructions that build numbers, texts, tuples, lists and dictionaries, and hands every
/// name and every call to <see cref="TorchGlobals"/>, which knows a closed list. Whatever is not on it ends the reading: no class is looked
/// up, no code is run. The instructions are those of CPython's <c>pickletools.py</c>, protocols 0 to 5.
/// </summary>
internal sealed class PickleReader
{
    // A state dict has some thousand tensors of a dozen instructions each; a hostile file is stopped long before memory is.
    private const int MostObjects = 20_000_000;

    private readonly byte[] _bytes;
    private readonly string _path;
    private readonly Func<object?, TorchStorage> _findStorage;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _position;

    /// <summary>A reader.</summary>
    /// <param name="bytes">Holds the pickle.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="path">The file, for errors.</param>
    /// <param name="findStorage">The storage that a persistent identifier means.</param>
    public PickleReader(byte[] bytes, int start, string path, Func<object?, TorchStorage> findStorage)
    {
        _bytes = bytes;
        _position = start;
        _path = path;
        _findStorage = findStorage;
    }

    /// <summary>Where the next pickle of the same file begins.</summary>
    public int Position => _position;

    /// <summary>Reads one pickle.</summary>
    /// <returns>Null, a bool, long, <see cref="BigInteger"/>, double, string, byte[], object?[] (a tuple), List, Dictionary, or what <see cref="TorchGlobals"/> makes.</returns>
    /// <exception cref="InputException">It is broken, or asks for anything that is not a tensor of plain numbers.</exception>
    public object? Read()
    {
        for (var count = 0; count < MostObjects; count++)
        {
            var code = (char)Byte();
            if (code == '.')
                return Pop();
            if (!TryConstant(code) && !TryContainer(code) && !TryMemo(code))
                Call(code);
        }

        throw Broken($"takes more than {MostObjects} instructions");
    }

    /// <summary>Instructions that push a constant.</summary>
    private bool TryConstant(char code)
    {
        object? value;
        switch (code)
        {
            case 'N': value = null; break;
            case '\x88': value = true; break;
            case '\x89': value = false; break;
            case 'K': value = (long)Byte(); break;
            case 'M': value = (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)); break;
            case 'J': value = (long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)); break;
            case '\x8a': value = Integer(Take(Byte())); break;
            case '\x8b': value = Integer(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))); break;
            case 'G': value = BinaryPrimitives.ReadDoubleBigEndian(Take(8)); break;
            case 'X': value = Text(Take(Length32())); break;
            case '\x8c': value = Text(Take(Byte())); break;
            case '\x8d': value = Text(Take(Length64())); break;
            case 'U': value = Text(Take(Byte())); break; // a str of Python 2
            case 'T': value = Text(Take(Length32())); break;
            case 'C': value = Take(Byte()).ToArray(); break;
            case 'B': value = Take(Length32()).ToArray(); break;
            default: return false;
        }

        _stack.Add(value);
        return true;
    }

    /// <summary>Instructions that build tuples, lists and dictionaries.</summary>
    private bool TryContainer(char code)
    {
        switch (code)
        {
            case '(': _marks.Add(_stack.Count); break;
            case ')': _stack.Add(Array.Empty<object?>()); break;
            case ']': _stack.Add(new List<object?>()); break;
            case '}': _stack.Add(new Dictionary<object, object?>()); break;
            case 't': _stack.Add(PopToMark()); break;
            case 'l': _stack.Add(new List<object?>(PopToMark())); break;
            case 'd': Fill(new Dictionary<object, object?>(), PopToMark(), push: true); break;
            case '\x85': Tuple(1); break;
            case '\x86': Tuple(2); break;
            case '\x87': Tuple(3); break;
            case 'a': Append([Pop()]); break;
            case 'e': Append(PopToMark()); break;
            case 's': SetItems(Two()); break;
            case 'u': SetItems(PopToMark()); break;
            case '0': Pop(); break;
            case '1': PopToMark(); break;
            case '2': _stack.Add(Top()); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Instructions of the memo and of the frame.</summary>
    private bool TryMemo(char code)
    {
        switch (code)
        {
            case '\x80':
                if (Byte() > 5)
                    throw Broken("is of a newer protocol than 5");
                break;
            case '\x95': Take(8); break; // the length of a frame, which a reader of a whole file need not know
            case 'q': _memo[Byte()] = Top(); break;
            case 'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top(); break;
            case '\x94': _memo[_memo.Count] = Top(); break;
            case 'h': _stack.Add(Recall(Byte())); break;
            case 'j': _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Instructions that name something or have something called.</summary>
    private void Call(char code)
    {
        switch (code)
        {
            case 'c':
                var (module, name) = (Line(), Line());
                _stack.Add(TorchGlobals.Find(module, name, _path));
                break;
            case '\x93':
                var names = Two();
                _stack.Add(TorchGlobals.Find(names[0] as string ?? "?", names[1] as string ?? "?", _path));
                break;
            case 'Q':
                _stack.Add(_findStorage(Pop()));
                break;
            case 'R' or '\x81':
                var call = Two();
                _stack.Add(TorchGlobals.Call(call[0] as PickleGlobal ?? throw Broken("calls what is no name"), call[1] as object?[] ?? throw Broken("calls without arguments"), _path));
                break;
            case 'b':
                // The attributes of an object. Those of a state dict (_metadata) say nothing of its tensors.
                var state = Two();
                if (state[0] is not (Dictionary<object, object?> or TorchTensor))
                    throw Broken("sets attributes of something that is neither a state dict nor a tensor");
                _stack.Add(state[0]);
                break;
            default:
                throw Broken($"holds the instruction 0x{(int)code:x2}, which no state dict needs");
        }
    }

    private void Append(object?[] items)
    {
        if (Top() is not List<object?> list)
            throw Broken("appends to what is no list");
        list.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Top() is not Dictionary<object, object?> dictionary)
            throw Broken("sets a key of what is no dictionary");
        Fill(dictionary, items, push: false);
    }

    private void Fill(Dictionary<object, object?> dictionary, object?[] items, bool push)
    {
        if (items.Length % 2 != 0)
            throw Broken("has a key without a value");
        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long or bool or double))
                throw Broken("has a key that is neither a text nor a number");
            dictionary[items[i]!] = items[i + 1];
        }

        if (push)
            _stack.Add(dictionary);
    }

    private void Tuple(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--)
            items[i] = Pop();
        _stack.Add(items);
    }

    private object?[] Two()
    {
        var second = Pop();
        return [Pop(), second];
    }

    private object? Recall(long key) => _memo.TryGetValue(key, out var value) ? value : throw Broken($"recalls the memo {key}, which it never wrote");

    private object? Top()
    {
        if (_stack.Count <= (_marks.Count > 0 ? _marks[^1] : 0))
            throw Broken("takes more from its stack than it put there");
        return _stack[^1];
    }

    private object? Pop()
    {
        var top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw Broken("lacks a mark");
        var mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        object?[] items = [.. _stack.Skip(mark)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private static object Integer(ReadOnlySpan<byte> bytes)
    {
        var value = new BigInteger(bytes);
        // Boxed on each side: a conditional of both types would make the long a BigInteger.
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private string Line()
    {
        var rest = _bytes.AsSpan(_position);
        var end = rest.IndexOf((byte)'\n');
        if (end is < 0 or > 1024)
            throw Broken("ends in the middle of a name");
        _position += end + 1;
        return Text(rest[..end]);
    }

    private int Length32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)) is var length && length <= int.MaxValue ? (int)length : throw Truncated();

    private int Length64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) is var length && length <= int.MaxValue ? (int)length : throw Truncated();

    private byte Byte() => _position < _bytes.Length ? _bytes[_position++] : throw Truncated();

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _bytes.Length - _position)
            throw Truncated();
        _position += count;
        return _bytes.AsSpan(_position - count, count);
    }

    private InputException Truncated() => Broken("ends too early");

    private InputException Broken(string what) =>
        new($"{_path}: the pickle in it {what} (at byte {_position}); it is broken, or no file of weights: get it again, or save the model as safetensors");
}
