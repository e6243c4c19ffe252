namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>An instruction of a compiled pattern; <see cref="Operation"/> says what its operands mean.</summary>
internal readonly record struct Instruction(Operation Operation, int A = 0, int B = 0, int C = 0, int[]? Codes = null, CodePointSet? Set = null);
