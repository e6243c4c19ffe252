namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>
/// Runs a compiled pattern on one text: a backtracking machine as Oniguruma's own, whose choices and undone slots lie on one stack of its
/// own, so that no text can exhaust the thread's. Positions are UTF-16 units and always at the start of a character.
/// </summary>
internal ref struct PatternMatcher
{
    /// <summary>Steps that every text is granted, and those that each of its units adds. A pattern that needs more does not end in sensible time.</summary>
    private const long StepsForAll = 5_000_000, StepsForEach = 1000;

    private const int DeepestRun = 200, LargestStack = 50_000_000, NotAssigned = 0xFFFF;

    private readonly ReadOnlySpan<char> _text;
    private readonly Instruction[] _code;
    private readonly CodePointSet? _first;
    private readonly int[] _slots;
    private readonly List<(int Return, int Parent)> _frames = [];
    private Choice[] _stack = new Choice[64];
    private int _depth;
    private int _frame = -1;
    private int _searchStart;
    private int _runs;
    private long _steps;

    /// <summary>A machine at the start of a text.</summary>
    public PatternMatcher(PatternProgram program, ReadOnlySpan<char> text)
    {
        _text = text;
        _code = program.Code;
        _first = program.First;
        _slots = new int[program.Slots];
        _steps = StepsForAll + (StepsForEach * text.Length);
    }

    /// <summary>What a choice on the stack is.</summary>
    private enum ChoiceKind
    {
        /// <summary>Go on at instruction A at the position B.</summary>
        Alternative,

        /// <summary>Give back one character of a run: go on at A at a position between B and C.</summary>
        Run,

        /// <summary>Slot A held B.</summary>
        Slot,

        /// <summary>The frame was A.</summary>
        Frame,
    }

    /// <summary>Finds the first match from a position on.</summary>
    /// <param name="from">Where the search begins.</param>
    /// <param name="match">Where it matches.</param>
    /// <returns>Whether it does.</returns>
    /// <exception cref="PatternException">It takes too long.</exception>
    public bool TryFind(int from, out PatternMatch match)
    {
        _searchStart = from;
        for (var start = from; start <= _text.Length; start += LengthAt(start))
        {
            if (_first is not null && (start == _text.Length || !_first.Contains(CodeAt(start, out _))))
            {
                if (--_steps < 0)
                    throw TooLong();
                if (start == _text.Length)
                    break;
                continue;
            }

            Array.Fill(_slots, -1);
            (_depth, _frame) = (0, -1);
            _frames.Clear();
            _slots[PatternProgram.KeepSlot] = start;
            if (Run(0, start) is var end and >= 0)
            {
                match = new PatternMatch(Math.Min(_slots[PatternProgram.KeepSlot], end), end);
                return true;
            }

            if (start == _text.Length)
                break;
        }

        match = default;
        return false;
    }

    /// <summary>Runs instructions until they accept.</summary>
    /// <returns>The position then; -1 where they do not, and everything they did is undone.</returns>
    private int Run(int at, int position)
    {
        if (++_runs > DeepestRun)
            throw new PatternException("it nests more deeply than a text allows");
        var bottom = _depth;
        while (true)
        {
            if (--_steps < 0)
                throw TooLong();
            if (_code[at].Operation == Operation.Accept)
            {
                _runs--;
                return position;
            }

            if (!Step(ref at, ref position) && !Backtrack(bottom, ref at, ref position))
            {
                _runs--;
                return -1;
            }
        }
    }

    private bool Step(ref int at, ref int position)
    {
        ref readonly var instruction = ref _code[at];
        switch (instruction.Operation)
        {
            case Operation.Literal:
                at++;
                return TakeLiteral(instruction.Codes!, ref position);
            case Operation.FoldedLiteral:
                at++;
                return TakeFolded(instruction.Codes!, ref position);
            case Operation.Set:
                at++;
                return TakeSet(instruction.Set!, ref position);
            case Operation.GreedySet or Operation.PossessiveSet:
                return TakeRun(instruction, ref at, ref position);
            case Operation.Cluster:
                at++;
                if (position == _text.Length)
                    return false;
                position = GraphemeClusters.End(_text, position);
                return true;
            case Operation.Split:
                Push(new Choice(ChoiceKind.Alternative, instruction.B, position));
                at = instruction.A;
                return true;
            case Operation.Jump:
                at = instruction.A;
                return true;
            case Operation.Anchor:
                at++;
                return IsAt((AnchorKind)instruction.A, position);
            case Operation.Fail:
                return false;
            default:
                return StepAside(instruction, ref at, ref position);
        }
    }

    /// <summary>The instructions that are seldom met: slots, groups, looks.</summary>
    private bool StepAside(in Instruction instruction, ref int at, ref int position)
    {
        switch (instruction.Operation)
        {
            case Operation.Save:
                Write(instruction.A, position);
                break;
            case Operation.Store:
                Write(instruction.A, instruction.C == 0 ? instruction.B : _slots[instruction.B]);
                break;
            case Operation.Count:
                Write(instruction.A, _slots[instruction.A] + 1);
                break;
            case Operation.IfBelow when _slots[instruction.A] < instruction.C:
            case Operation.IfEmpty when _slots[instruction.A] == position:
            case Operation.IfUnmatched when _slots[PatternProgram.FirstCapture + (2 * instruction.A) + 1] < 0:
                at = instruction.B;
                return true;
            case Operation.IfBelow or Operation.IfEmpty or Operation.IfUnmatched:
                break;
            case Operation.Atomic:
                return Aside(instruction, ref at, ref position, moves: true);
            case Operation.LookAhead:
                return instruction.C == 0 ? Aside(instruction, ref at, ref position, moves: false) : NotAside(instruction, ref at, position);
            case Operation.LookBehind:
                return LookBehind(instruction, ref at, position);
            case Operation.BackReference:
                at++;
                return TakeReference(instruction, ref position);
            case Operation.Call:
                _frames.Add((at + 1, _frame));
                SetFrame(_frames.Count - 1);
                at = instruction.A;
                return true;
            case Operation.Return:
                var (back, parent) = _frames[_frame];
                SetFrame(parent);
                at = back;
                return true;
            case Operation.Absent:
                return TakeAbsent(instruction, ref at, ref position);
            default:
                throw new InvalidOperationException($"no step for {instruction.Operation}");
        }

        at++;
        return true;
    }

    private bool Backtrack(int bottom, ref int at, ref int position)
    {
        while (_depth > bottom)
        {
            ref var choice = ref _stack[_depth - 1];
            switch (choice.Kind)
            {
                case ChoiceKind.Slot:
                    _slots[choice.A] = choice.B;
                    _depth--;
                    break;
                case ChoiceKind.Frame:
                    _frame = choice.A;
                    _depth--;
                    break;
                case ChoiceKind.Alternative:
                    (at, position) = (choice.A, choice.B);
                    _depth--;
                    return true;
                default:
                    (at, position) = (choice.A, Before(choice.C));
                    if (position == choice.B)
                        _depth--;
                    else
                        choice = choice with { C = position };
                    return true;
            }
        }

        return false;
    }

    /// <summary>Runs instructions for themselves: their choices are forgotten, what they wrote to slots stays undoable.</summary>
    private bool Aside(in Instruction instruction, ref int at, ref int position, bool moves)
    {
        var bottom = _depth;
        var end = Run(instruction.A, position);
        if (end < 0)
            return false;
        Forget(bottom);
        at = instruction.B;
        if (moves)
            position = end;
        return true;
    }

    private bool NotAside(in Instruction instruction, ref int at, int position)
    {
        var bottom = _depth;
        if (Run(instruction.A, position) >= 0)
        {
            Undo(bottom);
            return false;
        }

        at = instruction.B;
        return true;
    }

    private bool LookBehind(in Instruction instruction, ref int at, int position)
    {
        var (least, most, bottom) = (instruction.Codes![0], instruction.Codes[1], _depth);
        var found = false;
        var start = position;
        for (var back = 0; back <= most && !found; back++)
        {
            if (back >= least)
                found = EndsAt(instruction.A, start, position);
            if (start == 0)
                break;
            start = Before(start);
        }

        if (found == (instruction.C == 1))
        {
            Undo(bottom);
            return false;
        }

        Forget(bottom);
        at = instruction.B;
        return true;
    }

    /// <summary>Whether instructions can match from one position to exactly another.</summary>
    private bool EndsAt(int code, int start, int end)
    {
        var bottom = _depth;
        var (at, position) = (code, start);
        while (true)
        {
            var reached = Run(at, position);
            if (reached == end)
                return true;
            if (reached < 0 || !Backtrack(bottom, ref at, ref position))
            {
                Undo(bottom);
                return false;
            }
        }
    }

    private bool TakeRun(in Instruction instruction, ref int at, ref int position)
    {
        var (set, count, end) = (instruction.Set!, 0, position);
        var least = position;
        while (count < instruction.B && end < _text.Length && set.Contains(CodeAt(end, out var length)))
        {
            end += length;
            if (++count == instruction.A)
                least = end;
        }

        _steps -= count >> 2;
        if (count < instruction.A)
            return false;
        at++;
        position = end;
        if (instruction.Operation == Operation.GreedySet && end > least)
            Push(new Choice(ChoiceKind.Run, at, least, end));
        return true;
    }

    private bool TakeAbsent(in Instruction instruction, ref int at, ref int position)
    {
        // The text may reach as far as one unit before the end of the first match of the body.
        var (start, limit) = (position, _text.Length);
        for (var from = start; from <= limit; from += LengthAt(from))
        {
            var bottom = _depth;
            var end = Run(instruction.A, from);
            Undo(bottom);
            if (end >= 0)
                limit = Math.Min(limit, end > from ? Before(end) : from - 1);
            if (from == _text.Length)
                break;
        }

        if (limit < start)
            return false;
        at = instruction.B;
        position = limit;
        if (limit > start)
            Push(new Choice(ChoiceKind.Run, at, start, limit));
        return true;
    }

    private readonly bool TakeLiteral(int[] codes, ref int position)
    {
        foreach (var code in codes)
        {
            if (position == _text.Length || CodeAt(position, out var length) != code)
                return false;
            position += length;
        }

        return true;
    }

    private readonly bool TakeFolded(ReadOnlySpan<int> codes, ref int position)
    {
        Span<int> folded = stackalloc int[3];
        while (codes.Length > 0)
        {
            if (position == _text.Length)
                return false;
            var count = CaseFolding.Fold(CodeAt(position, out var length), folded);
            if (!codes.StartsWith(folded[..count]))
                return false;
            codes = codes[count..];
            position += length;
        }

        return true;
    }

    private readonly bool TakeSet(CodePointSet set, ref int position)
    {
        if (position == _text.Length || !set.Contains(CodeAt(position, out var length)))
            return false;
        position += length;
        return true;
    }

    private readonly bool TakeReference(in Instruction instruction, ref int position)
    {
        foreach (var group in instruction.Codes!)
        {
            var slot = PatternProgram.FirstCapture + (2 * group);
            if (_slots[slot + 1] < 0)
                continue;
            var text = _text[_slots[slot].._slots[slot + 1]];
            if (instruction.C == 1)
                return TakeFolded(CaseFolding.Fold(text.ToString().EnumerateRunes().Select(static rune => rune.Value)), ref position);
            if (!_text[position..].StartsWith(text))
                return false;
            position += text.Length;
            return true;
        }

        return false;
    }

    private readonly bool IsAt(AnchorKind kind, int position) => kind switch
    {
        AnchorKind.LineStart => position == 0 || (_text[position - 1] == '\n' && position < _text.Length),
        AnchorKind.LineEnd => position == _text.Length || _text[position] == '\n',
        AnchorKind.TextStart => position == 0,
        AnchorKind.TextEnd => position == _text.Length,
        AnchorKind.TextEndOrLastLine => position == _text.Length || (position == _text.Length - 1 && _text[position] == '\n'),
        AnchorKind.SearchStart => position == _searchStart,
        AnchorKind.WordBoundary => IsBoundary(CharacterProperties.Word, position),
        AnchorKind.NotWordBoundary => !IsBoundary(CharacterProperties.Word, position),
        AnchorKind.AsciiWordBoundary => IsBoundary(CharacterProperties.AsciiWord, position),
        AnchorKind.NotAsciiWordBoundary => !IsBoundary(CharacterProperties.AsciiWord, position),
        AnchorKind.ClusterBoundary => GraphemeClusters.IsBoundary(_text, position),
        AnchorKind.NotClusterBoundary => !GraphemeClusters.IsBoundary(_text, position),
        _ => throw new InvalidOperationException($"no anchor {kind}"),
    };

    private readonly bool IsBoundary(CodePointSet word, int position) =>
        (position > 0 && word.Contains(CodeAt(Before(position), out _))) != (position < _text.Length && word.Contains(CodeAt(position, out _)));

    /// <summary>The character at a position; half a surrogate pair, which UTF-8 cannot hold, counts as one that is not assigned.</summary>
    private readonly int CodeAt(int position, out int length)
    {
        length = UnicodeText.LengthAt(_text, position);
        var code = UnicodeText.CodePointAt(_text, position);
        return code is >= 0xD800 and <= 0xDFFF ? NotAssigned : code;
    }

    private readonly int LengthAt(int position) => position < _text.Length ? UnicodeText.LengthAt(_text, position) : 1;

    private readonly int Before(int position) => position >= 2 && char.IsLowSurrogate(_text[position - 1]) && char.IsHighSurrogate(_text[position - 2]) ? position - 2 : position - 1;

    private void Write(int slot, int value)
    {
        Push(new Choice(ChoiceKind.Slot, slot, _slots[slot]));
        _slots[slot] = value;
    }

    private void SetFrame(int frame)
    {
        Push(new Choice(ChoiceKind.Frame, _frame));
        _frame = frame;
    }

    /// <summary>Takes the choices above a height away and leaves what undoes slots and frames.</summary>
    private void Forget(int bottom)
    {
        var kept = bottom;
        for (var i = bottom; i < _depth; i++)
        {
            if (_stack[i].Kind is ChoiceKind.Slot or ChoiceKind.Frame)
                _stack[kept++] = _stack[i];
        }

        _depth = kept;
    }

    private void Undo(int bottom)
    {
        while (_depth > bottom)
        {
            var choice = _stack[--_depth];
            if (choice.Kind == ChoiceKind.Slot)
                _slots[choice.A] = choice.B;
            else if (choice.Kind == ChoiceKind.Frame)
                _frame = choice.A;
        }
    }

    private void Push(Choice choice)
    {
        if (_depth == _stack.Length)
        {
            if (_depth >= LargestStack)
                throw TooLong();
            Array.Resize(ref _stack, 2 * _depth);
        }

        _stack[_depth++] = choice;
    }

    private readonly PatternException TooLong() => new($"it takes more than {StepsForAll + (StepsForEach * _text.Length):N0} steps on a text of {_text.Length:N0} units");

    private readonly record struct Choice(ChoiceKind Kind, int A, int B = 0, int C = 0);
}
