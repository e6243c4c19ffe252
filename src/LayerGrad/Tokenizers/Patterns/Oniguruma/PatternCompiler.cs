namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>Turns a parsed pattern into instructions for <see cref="PatternMatcher"/>.</summary>
internal sealed class PatternCompiler
{
    private const int MostInstructions = 50_000, MostCopies = 64;

    private readonly List<Instruction> _code = [];
    private readonly HashSet<int> _called = [];
    private readonly Dictionary<int, int> _starts = [];
    private readonly List<(int At, int Group)> _calls = [];
    private int _slots;

    private PatternCompiler(PatternNode tree, int groups)
    {
        _slots = PatternProgram.FirstCapture + (2 * (groups + 1));
        FindCalls(tree);
        RefuseEndlessCalls(tree);
    }

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="PatternException">It becomes too large.</exception>
    public static PatternProgram Compile(PatternNode tree, int groups)
    {
        var compiler = new PatternCompiler(tree, groups);
        compiler.Emit(tree);
        compiler.Add(new Instruction(Operation.Accept));
        foreach (var (at, group) in compiler._calls)
            compiler._code[at] = new Instruction(Operation.Call, compiler._starts.TryGetValue(group, out var start) ? start : throw new PatternException("undefined group reference"));
        return new PatternProgram([.. compiler._code], compiler._slots, FirstCharacters.Of(tree));
    }

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Nothing: break;
            case PatternNode.Fail: Add(new Instruction(Operation.Fail)); break;
            case PatternNode.Literal { IgnoreCase: true } literal: Add(new Instruction(Operation.FoldedLiteral, Codes: CaseFolding.Fold(literal.Codes))); break;
            case PatternNode.Literal literal: Add(new Instruction(Operation.Literal, Codes: literal.Codes)); break;
            case PatternNode.Set set: Add(new Instruction(Operation.Set, Set: set.Characters)); break;
            case PatternNode.Cluster: Add(new Instruction(Operation.Cluster)); break;
            case PatternNode.Sequence sequence:
                foreach (var part in sequence.Parts)
                    Emit(part);
                break;
            case PatternNode.Alternatives alternatives: EmitAlternatives(alternatives.Choices); break;
            case PatternNode.Repeat repeat: EmitRepeat(repeat); break;
            case PatternNode.Capture capture: EmitCapture(capture); break;
            case PatternNode.Atomic atomic: EmitAside(Operation.Atomic, atomic.Body); break;
            case PatternNode.Look look: EmitLook(look); break;
            case PatternNode.Anchor anchor: Add(new Instruction(Operation.Anchor, (int)anchor.Kind)); break;
            case PatternNode.BackReference reference: Add(new Instruction(Operation.BackReference, C: reference.IgnoreCase ? 1 : 0, Codes: [.. reference.Groups])); break;
            case PatternNode.Keep: Add(new Instruction(Operation.Save, PatternProgram.KeepSlot)); break;
            case PatternNode.Conditional conditional: EmitConditional(conditional); break;
            case PatternNode.Call call:
                _calls.Add((Add(new Instruction(Operation.Call)), call.Group));
                break;
            case PatternNode.Absent absent: EmitAbsent(absent); break;
            default: throw new PatternException($"{node.GetType().Name} is not supported");
        }
    }

    private void EmitAlternatives(IReadOnlyList<PatternNode> choices)
    {
        var ends = new List<int>();
        for (var i = 0; i < choices.Count - 1; i++)
        {
            var split = Add(default);
            Emit(choices[i]);
            ends.Add(Add(default));
            _code[split] = new Instruction(Operation.Split, split + 1, _code.Count);
        }

        Emit(choices[^1]);
        foreach (var end in ends)
            _code[end] = new Instruction(Operation.Jump, _code.Count);
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Kind == RepeatKind.Possessive && repeat.Body is not PatternNode.Set)
        {
            EmitAside(Operation.Atomic, repeat with { Kind = RepeatKind.Greedy });
            return;
        }

        if (repeat.Body is PatternNode.Set set && repeat.Kind != RepeatKind.Lazy)
        {
            Add(new Instruction(repeat.Kind == RepeatKind.Greedy ? Operation.GreedySet : Operation.PossessiveSet, repeat.Least, repeat.Most ?? int.MaxValue, Set: set.Characters));
            return;
        }

        var isLazy = repeat.Kind == RepeatKind.Lazy;
        if (repeat.Least > MostCopies || repeat.Most > MostCopies)
        {
            EmitCounted(repeat, isLazy);
            return;
        }

        for (var i = 0; i < repeat.Least; i++)
            Emit(repeat.Body);
        if (repeat.Most is not { } most)
        {
            EmitLoop(repeat.Body, isLazy);
            return;
        }

        var splits = new List<int>();
        for (var i = repeat.Least; i < most; i++)
        {
            splits.Add(Add(default));
            Emit(repeat.Body);
        }

        foreach (var split in splits)
            _code[split] = Choice(split + 1, _code.Count, isLazy);
    }

    /// <summary>Any number of times; a turn that takes nothing is the last.</summary>
    private void EmitLoop(PatternNode body, bool isLazy)
    {
        var start = Add(default);
        var isNullable = PatternLength.Of(body).Least == 0;
        var mark = isNullable ? _slots++ : 0;
        if (isNullable)
            Add(new Instruction(Operation.Save, mark));
        Emit(body);
        var check = isNullable ? Add(default) : 0;
        Add(new Instruction(Operation.Jump, start));
        if (isNullable)
            _code[check] = new Instruction(Operation.IfEmpty, mark, _code.Count);
        _code[start] = Choice(start + 1, _code.Count, isLazy);
    }

    /// <summary>
    /// With a counter, where copies would be too many:
    /// <code>
    ///        counter = 0
    /// start: if counter &lt; least goto body
    ///        [if counter &lt; most goto choice; goto end]
    /// choice: split body, end
    /// body:  counter++; mark; …; if empty goto end; goto start
    /// end:
    /// </code>
    /// </summary>
    private void EmitCounted(PatternNode.Repeat repeat, bool isLazy)
    {
        if (_called.Count > 0)
            throw new PatternException("a repeat of more than 64 times in a pattern with calls of groups is not supported");
        var (counter, mark) = (_slots++, _slots++);
        Add(new Instruction(Operation.Store, counter));
        var start = Add(default);
        var bound = Add(default);
        var exit = Add(default);
        var choice = Add(default);
        var body = Add(new Instruction(Operation.Count, counter));
        Add(new Instruction(Operation.Save, mark));
        Emit(repeat.Body);
        var check = Add(default);
        Add(new Instruction(Operation.Jump, start));
        var end = _code.Count;
        _code[start] = new Instruction(Operation.IfBelow, counter, body, repeat.Least);
        _code[bound] = new Instruction(Operation.IfBelow, counter, choice, repeat.Most ?? int.MaxValue);
        _code[exit] = new Instruction(Operation.Jump, end);
        _code[choice] = Choice(body, end, isLazy);

        // A turn that takes nothing would be taken as often as is still needed: it counts as all of them.
        _code[check] = new Instruction(Operation.IfEmpty, mark, end);
    }

    private void EmitCapture(PatternNode.Capture capture)
    {
        var slot = PatternProgram.FirstCapture + (2 * capture.Number);
        var isCalled = _called.Contains(capture.Number);
        if (isCalled)
        {
            var call = Add(default);
            var jump = Add(default);
            _code[call] = new Instruction(Operation.Call, _code.Count);
            _starts[capture.Number] = _code.Count;
            EmitCaptured(capture, slot);
            Add(new Instruction(Operation.Return));
            _code[jump] = new Instruction(Operation.Jump, _code.Count);
            return;
        }

        EmitCaptured(capture, slot);
    }

    private void EmitCaptured(PatternNode.Capture capture, int slot)
    {
        // The start is remembered aside until the end is known: a reference within the group means the turn before.
        var start = _slots++;
        Add(new Instruction(Operation.Save, start));
        Emit(capture.Body);
        Add(new Instruction(Operation.Store, slot, start, 1));
        Add(new Instruction(Operation.Save, slot + 1));
    }

    private void EmitAside(Operation operation, PatternNode body)
    {
        var at = Add(default);
        Emit(body);
        Add(new Instruction(Operation.Accept));
        _code[at] = new Instruction(operation, at + 1, _code.Count);
    }

    private void EmitLook(PatternNode.Look look)
    {
        var at = Add(default);
        Emit(look.Body);
        Add(new Instruction(Operation.Accept));
        var (least, most) = look.IsBehind ? PatternLength.Of(look.Body) : (0, 0);
        _code[at] = new Instruction(look.IsBehind ? Operation.LookBehind : Operation.LookAhead, at + 1, _code.Count, look.IsNegative ? 1 : 0, [least, most ?? int.MaxValue]);
    }

    private void EmitConditional(PatternNode.Conditional conditional)
    {
        var at = Add(default);
        Emit(conditional.Yes);
        var jump = Add(default);
        _code[at] = new Instruction(Operation.IfUnmatched, conditional.Group, _code.Count);
        Emit(conditional.No);
        _code[jump] = new Instruction(Operation.Jump, _code.Count);
    }

    private void EmitAbsent(PatternNode.Absent absent)
    {
        var (least, most) = PatternLength.Of(absent.Body);
        if (least != most)
            throw new PatternException("an absent group of text of several lengths is not supported");
        EmitAside(Operation.Absent, absent.Body);
    }

    private static Instruction Choice(int body, int after, bool isLazy) =>
        isLazy ? new Instruction(Operation.Split, after, body) : new Instruction(Operation.Split, body, after);

    private int Add(Instruction instruction)
    {
        if (_code.Count >= MostInstructions)
            throw new PatternException($"it comes to more than {MostInstructions} instructions");
        _code.Add(instruction);
        return _code.Count - 1;
    }

    /// <summary>A group that cannot match without being called again within itself never ends.</summary>
    private void RefuseEndlessCalls(PatternNode tree)
    {
        var groups = new Dictionary<int, PatternNode>();
        Collect(tree);
        if (_called.Any(group => groups.TryGetValue(group, out var body) && MustCall(body, group, [])))
            throw new PatternException("never ending recursion");

        void Collect(PatternNode node)
        {
            if (node is PatternNode.Capture capture)
                groups[capture.Number] = capture.Body;
            foreach (var child in Children(node))
                Collect(child);
        }

        bool MustCall(PatternNode node, int wanted, HashSet<int> seen) => node switch
        {
            PatternNode.Call call => call.Group == wanted || (seen.Add(call.Group) && groups.TryGetValue(call.Group, out var body) && MustCall(body, wanted, seen)),
            PatternNode.Alternatives alternatives => alternatives.Choices.All(choice => MustCall(choice, wanted, [.. seen])),
            PatternNode.Conditional conditional => MustCall(conditional.Yes, wanted, [.. seen]) && MustCall(conditional.No, wanted, [.. seen]),
            PatternNode.Repeat { Least: 0 } or PatternNode.Absent => false,
            _ => Children(node).Any(child => MustCall(child, wanted, seen)),
        };
    }

    private static IEnumerable<PatternNode> Children(PatternNode node) => node switch
    {
        PatternNode.Sequence sequence => sequence.Parts,
        PatternNode.Alternatives alternatives => alternatives.Choices,
        PatternNode.Repeat repeat => [repeat.Body],
        PatternNode.Capture capture => [capture.Body],
        PatternNode.Atomic atomic => [atomic.Body],
        PatternNode.Look look => [look.Body],
        PatternNode.Absent absent => [absent.Body],
        PatternNode.Conditional conditional => [conditional.Yes, conditional.No],
        _ => [],
    };

    private void FindCalls(PatternNode node)
    {
        if (node is PatternNode.Call call)
            _called.Add(call.Group);
        foreach (var child in Children(node))
            FindCalls(child);
    }
}
