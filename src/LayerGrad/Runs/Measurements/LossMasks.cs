namespace LayerGrad.Runs.Measurements;

/// <summary>The names of what masks the loss, on the command line, in studies and in the files of a run.</summary>
internal static class LossMasks
{
    private static readonly string[] s_turns = ["last", "all"];
    private static readonly string[] s_thinking = ["keep", "only", "drop"];
    private static readonly string[] s_parts = ["prompt", "thinking", "answer"];

    /// <summary>The names of <see cref="AssistantTurns"/>.</summary>
    public static IReadOnlyList<string> Turns => s_turns;

    /// <summary>The names of <see cref="ThinkingMask"/>.</summary>
    public static IReadOnlyList<string> Thinking => s_thinking;

    /// <summary>Its name.</summary>
    public static string NameOf(this AssistantTurns turns) => s_turns[(int)turns];

    /// <summary>Its name.</summary>
    public static string NameOf(this ThinkingMask mask) => s_thinking[(int)mask];

    /// <summary>Its name.</summary>
    public static string NameOf(this TokenPart part) => s_parts[(int)part];

    /// <summary>Reads a name of turns.</summary>
    /// <exception cref="InputException">There is none of this name.</exception>
    public static AssistantTurns ParseTurns(string name) => (AssistantTurns)Place(s_turns, name, "--turns");

    /// <summary>Reads a name of what counts of thinking.</summary>
    /// <exception cref="InputException">There is none of this name.</exception>
    public static ThinkingMask ParseThinking(string name) => (ThinkingMask)Place(s_thinking, name, "--mask-thinking");

    /// <summary>The part of a name; null where there is none.</summary>
    public static TokenPart? FindPart(string name) => Array.IndexOf(s_parts, name) is >= 0 and var at ? (TokenPart)at : null;

    private static int Place(string[] names, string name, string option) => Array.IndexOf(names, name) is >= 0 and var at
        ? at
        : throw new InputException($"{option} {name}: is not known; there are {string.Join(", ", names)}.");
}
