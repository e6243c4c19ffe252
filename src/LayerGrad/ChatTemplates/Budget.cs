using System.Globalization;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates;

/// <summary>
/// What one rendering of a template may take. Templates come from whoever made the model, so that every loop, text, list and
/// recursion is counted, and one that takes more is refused instead of filling memory, stack or the afternoon. Real templates
/// stay far below: one turn of a conversation takes some hundred steps.
/// </summary>
internal sealed class Budget
{
    /// <summary>The most expressions, statements and turns of loops that are evaluated.</summary>
    public const int MostSteps = 1_000_000;

    /// <summary>How deep expressions, statements and macros may stand inside one another while they run; each level is a few hundred bytes of stack.</summary>
    public const int DeepestCall = 400;

    /// <summary>The longest template, in UTF-16 units.</summary>
    public const int LongestSource = 1_000_000;

    /// <summary>How deep a template's syntax may nest; each level is some sixteen methods of the parser.</summary>
    public const int DeepestSyntax = 100;

    /// <summary>How deep lists and dictionaries may nest.</summary>
    public const int DeepestValue = 150;

    /// <summary>The longest text, in UTF-16 units: of a value, and of all that is put out.</summary>
    public const int LongestText = 10_000_000;

    /// <summary>The longest list.</summary>
    public const int LongestList = 1_000_000;

    /// <summary>The largest value: its characters and elements with everything inside, an element that occurs twice counted twice.</summary>
    public const long LargestValue = 20_000_000;

    /// <summary>The most characters and elements that are looked at, an element counted as <see cref="ElementCost"/>.</summary>
    public const long MostWork = 150_000_000;

    /// <summary>What an element of a list counts beside a character of a text.</summary>
    public const int ElementCost = 8;

    private int _steps;
    private int _depth;
    private long _work;

    /// <summary>Begins an expression or statement, or whatever else may be inside another.</summary>
    /// <exception cref="EvaluationException">There are too many, or they stand too deep in one another.</exception>
    public void Enter()
    {
        Step();
        if (++_depth > DeepestCall)
            throw Exceeded(DeepestCall, "levels of recursion");
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Leave() => _depth--;

    /// <summary>Counts a step.</summary>
    public void Step()
    {
        if (++_steps > MostSteps)
            throw Exceeded(MostSteps, "steps");
    }

    /// <summary>Counts characters that are looked at or made.</summary>
    public void Spend(long characters)
    {
        _work += characters;
        if (_work > MostWork)
            throw Exceeded(MostWork, "characters of work");
    }

    /// <summary>Counts a value that is looked at or made, without what its elements hold.</summary>
    public void Spend(Value value) => Spend(value.Breadth);

    /// <summary>Counts a value that is read or written to its innermost parts.</summary>
    public void SpendWhole(Value value) => Spend(value.Size);

    /// <summary>Refuses a text before it is made.</summary>
    /// <param name="length">Its length in UTF-16 units.</param>
    public static void RefuseText(long length)
    {
        if (length > LongestText)
            throw Exceeded(LongestText, "characters in one text");
    }

    /// <summary>Refuses a list before it is made.</summary>
    /// <param name="count">The number of its elements.</param>
    public static void RefuseList(long count)
    {
        if (count > LongestList)
            throw Exceeded(LongestList, "elements in one list");
    }

    /// <summary>The error of a template that takes too much.</summary>
    /// <param name="limit">How much it may take.</param>
    /// <param name="unit">Of what.</param>
    public static EvaluationException Exceeded(long limit, string unit) => new(Message(limit, unit), isLimit: true);

    /// <summary>What the error says.</summary>
    public static string Message(long limit, string unit) => string.Create(CultureInfo.InvariantCulture, $"the template takes more than {limit} {unit}");
}
