namespace LayerGrad.Examples;

/// <summary>One training example: what the model is given, and the response whose loss is measured.</summary>
/// <param name="Index">Position in the dataset, from 0.</param>
/// <param name="Instruction">The instruction; for a conversation, the contents of its turns before the response, joined by line feeds.</param>
/// <param name="Input">What the instruction is about; empty where the dataset has none.</param>
/// <param name="Output">The response.</param>
/// <param name="Messages">The turns before the response where the dataset gives a conversation; otherwise null.</param>
public sealed record Example(int Index, string Instruction, string Input, string Output, IReadOnlyList<ChatMessage>? Messages = null)
{
    /// <summary>The instruction, followed by a line feed and the input where there is one.</summary>
    public string InstructionWithInput => Input.Length == 0 ? Instruction : Instruction + "\n" + Input;
}
