namespace LayerGrad.Data;

/// <summary>What <see cref="Inspection"/> finds in a dataset.</summary>
/// <param name="Records">The number of records.</param>
/// <param name="EmptyInstructions">Records whose instruction is empty or white space.</param>
/// <param name="EmptyOutputs">Records whose output is empty or white space: they cannot be measured.</param>
/// <param name="RepeatedInstructions">Records whose instruction (with its input) stood in an earlier record.</param>
/// <param name="DistinctOutputs">The number of different outputs.</param>
/// <param name="CommonestOutput">The most frequent output.</param>
/// <param name="CommonestOutputCount">The number of records that have it.</param>
/// <param name="AnswersInInstruction">Records whose whole output also stands in the instruction, so that its last occurrence must be looked for.</param>
/// <param name="InstructionCharacters">Lengths of the instructions with their inputs, in Unicode code points.</param>
/// <param name="OutputCharacters">Lengths of the outputs, in Unicode code points.</param>
/// <param name="Tokens">What a model's tokenizer makes of it; null without a model.</param>
internal sealed record DatasetSummary(
    int Records,
    int EmptyInstructions,
    int EmptyOutputs,
    int RepeatedInstructions,
    int DistinctOutputs,
    string CommonestOutput,
    int CommonestOutputCount,
    int AnswersInInstruction,
    LengthSummary InstructionCharacters,
    LengthSummary OutputCharacters,
    TokenSummary? Tokens);
