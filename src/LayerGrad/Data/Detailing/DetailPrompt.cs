using LayerGrad.Examples;

namespace LayerGrad.Data.Detailing;

/// <summary>What a model is asked for a detailed response.</summary>
internal static class DetailPrompt
{
    /// <summary>The system turn.</summary>
    public const string System = "You are a careful teacher who explains every step of a solution.";

    /// <summary>What stands in front of the question in the user turn.</summary>
    public const string Request =
        "Answer the question below. Reason step by step and in detail: say what is known, work through every step and why it follows, " +
        "and check the result. End with a line of its own that reads \"The final answer is\" followed by the answer alone" +
        " (for a question with options, the option as it is written there).\n\nQuestion:\n";

    /// <summary>The user turn for a record. The right answer is not given away: the response is checked against it.</summary>
    public static string User(Example example) => Request + example.InstructionWithInput.Replace("\\n", "\n", StringComparison.Ordinal);
}
