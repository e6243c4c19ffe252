namespace LayerGrad.Fuzz.Mutations;

/// <summary>Values at the edges of what a format can say.</summary>
internal static class Extremes
{
    /// <summary>Numbers as JSON or Python writes them.</summary>
    public static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "2", "3", "7", "0.5", "-0.5", "127", "128", "255", "256", "65535", "65536", "2147483647", "2147483648", "-2147483648", "4294967296",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e-320", "1e300", "-1e300", "1e999",
        "1E+2", "3.0", "NaN", "Infinity", "-Infinity", "123456789012345678901234567890123456789012345678901234567890",
    ];

    /// <summary>Integers of 64 bits, of which less is taken where a field is narrower.</summary>
    public static readonly ulong[] Integers =
    [
        0, 1, 2, 3, 8, 16, 255, 256, 0x7FFF, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x1_0000_0000, 0x3FFF_FFFF_FFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF,
        0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFF8, 0xFFFF_FFFF_FFFF_FFFF,
    ];

    /// <summary>Texts that readers of names, patterns and paths may stumble over.</summary>
    public static readonly string[] Texts =
    [
        "", " ", "\0", "a", "é", "e\u0301", "\u202e", "\ufffe", "\ufeff", "😀", "\r\n", "null", "NaN", "true", "-1", "..", "../../../etc/passwd", "/dev/zero", "a/b", "%s%n", "{0}", "[red]",
        "(a+)+$", "(a|a)*b", "((a{1,100}){1,100}){1,100}", "(?=", "[", "(?<!a*)", "\\p{Klingon}", "\\", "(?i)\u0130", "▁", "<0xFF>", "<0xGG>", "Ġ", "F32", "BF16", "F4", "float16", "llama",
        "{{ a }}", "{% for", "model.layers.99999999999.self_attn.q_proj.weight", "model.layers.-1.x", new string('a', 100_000), string.Concat(Enumerable.Repeat("é😀 ", 3_000)),
    ];

    /// <summary>One of some values.</summary>
    public static T Of<T>(this Random random, IReadOnlyList<T> values) => values[random.Next(values.Count)];
}
