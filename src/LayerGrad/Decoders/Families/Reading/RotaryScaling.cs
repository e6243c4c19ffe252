using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>The kinds of rotary scaling, as transformers' <c>modeling_rope_utils.py</c> computes them.</summary>
/// <param name="config">The configuration.</param>
/// <param name="settings">The dictionary of settings, or null.</param>
/// <param name="theta">The base.</param>
/// <param name="columns">The columns of a head that are turned, an even number.</param>
/// <param name="sizes">The sizes.</param>
/// <param name="rules">What the family's class does.</param>
internal sealed class RotaryScaling(ConfigReader config, ConfigReader? settings, double theta, int columns, Sizes sizes, RotaryRules rules)
{
    private const string Original = "original_max_position_embeddings";
    /// <summary>The field of a larger base (Hunyuan).</summary>
    public const string Alpha = "alpha";

    private const string Factor = "factor";
    private const string AttentionFactor = "attention_factor";

    /// <summary>No scaling.</summary>
    public RotarySpecification Unscaled() => With(Frequencies());

    /// <summary>All positions are divided by a factor.</summary>
    public RotarySpecification Linear()
    {
        var factor = settings!.PositiveDouble(Factor);
        return With(Array.ConvertAll(Frequencies(), frequency => frequency / factor));
    }

    /// <summary>A base that grows with the length of an example beyond the model's own.</summary>
    public RotarySpecification Dynamic()
    {
        var (factor, longest, width) = (settings!.PositiveDouble(Factor), Positive("max_position_embeddings", sizes.Positions), columns);
        if (width == 2)
            throw config.Inconsistent($"{settings!.PathOf(Factor)}: 2 columns of each head cannot be scaled dynamically (the exponent is d / (d − 2))");
        var start = theta;
        return With(Frequencies()) with
        {
            Long = new RotarySpecification.LongExamples(longest, ChangesWithLength: true, length =>
                RotarySpecification.Frequencies(start * Math.Pow(factor * length / longest - (factor - 1), (double)width / (width - 2)), width)),
        };
    }

    /// <summary>A fixed, larger base: θ · α^(d / (d − 2)). What yarn's fields beside it say counts for nothing.</summary>
    /// <param name="alpha">α.</param>
    public RotarySpecification DynamicAlpha(double alpha)
    {
        foreach (var field in new[] { Factor, "beta_fast", "beta_slow", "mscale", "mscale_all_dim" })
            settings!.Ignore(field);
        if (columns == 2 || alpha < 0)
            throw config.Inconsistent($"{settings!.PathOf(Alpha)} is {alpha}: 2 columns of each head, or a number below 0, give no base");
        return With(RotarySpecification.Frequencies(theta * Math.Pow(alpha, (double)columns / (columns - 2)), columns));
    }

    /// <summary>YaRN (Peng et al. 2023, arXiv 2309.00071): long wavelengths are stretched, short ones stay, a ramp lies between.</summary>
    /// <param name="readsTruncate">Whether the class looks at <c>truncate</c>; where it does not, the ramp's ends are whole numbers.</param>
    public RotarySpecification Yarn(bool readsTruncate)
    {
        var (factor, original) = (settings!.PositiveDouble(Factor), OriginalLength());
        var (fast, slow) = (NotZero("beta_fast", 32), NotZero("beta_slow", 1));
        var truncate = !readsTruncate || settings.Bool("truncate", true);
        if (theta == 1)
            throw config.Inconsistent($"rope_theta is 1, for which yarn is not defined");
        var (low, high) = (Turns(fast), Turns(slow));
        if (truncate)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, columns - 1));
        if (low == high)
            high += 0.001;
        var frequencies = Frequencies();
        for (var i = 0; i < frequencies.Length; i++)
        {
            var ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = frequencies[i] / factor * ramp + frequencies[i] * (1 - ramp);
        }

        return With(frequencies) with { Magnitude = settings.OptionalDouble(AttentionFactor) ?? YarnMagnitude(factor) };

        // The column whose wavelength fits so many times into the original length.
        double Turns(double rotations) => columns * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));

        double NotZero(string field, double otherwise) => settings.OptionalDouble(field) is { } value and not 0 ? value : otherwise;
    }

    /// <summary>LongRoPE (Ding et al. 2024, arXiv 2402.13753): one list of factors for examples up to the original length, one beyond.</summary>
    public RotarySpecification Longrope()
    {
        var (brief, extended, original) = (Divided("short_factor"), Divided("long_factor"), OriginalLength());
        var factor = settings!.OptionalPositiveDouble(Factor) ?? (double)sizes.Positions / original;
        var magnitude = settings.OptionalDouble(AttentionFactor);
        if (magnitude is null && factor > 1 && original == 1)
            throw config.Inconsistent($"{Original} is 1, for which longrope has no attention factor");
        return With(brief) with
        {
            Magnitude = magnitude ?? (factor <= 1 ? 1 : Math.Sqrt(1 + Math.Log(factor) / Math.Log(original))),
            Long = new RotarySpecification.LongExamples(original, ChangesWithLength: false, _ => extended),
        };
    }

    /// <summary>Long wavelengths are stretched, short ones stay, and those between are blended (Llama 3.1).</summary>
    public RotarySpecification Llama3()
    {
        var (factor, low, high) = (settings!.PositiveDouble(Factor), settings.PositiveDouble("low_freq_factor"), settings.PositiveDouble("high_freq_factor"));
        if (low == high)
            throw config.Inconsistent($"{settings.PathOf("low_freq_factor")} and {settings.PathOf("high_freq_factor")} are both {low}");
        double context = OriginalLength();
        return With(Array.ConvertAll(Frequencies(), frequency =>
        {
            var wavelength = 2 * Math.PI / frequency;
            if (wavelength < context / high)
                return frequency;
            if (wavelength > context / low)
                return frequency / factor;
            var smooth = (context / wavelength - low) / (high - low);
            return (1 - smooth) * frequency / factor + smooth * frequency;
        }));
    }

    /// <summary>One divisor for each frequency: what a GGUF file stores where its scaling is none of the others.</summary>
    public RotarySpecification Factors() => With(Divided("factors"));

    private double[] Frequencies() => RotarySpecification.Frequencies(theta, columns);

    private RotarySpecification With(double[] frequencies) => new(frequencies, rules.Interleaved);

    private double[] Divided(string field)
    {
        var factors = settings!.Doubles(field) ?? throw settings.Missing(field);
        var frequencies = Frequencies();
        if (factors.Count != frequencies.Length)
            throw config.Inconsistent($"{settings.PathOf(field)} has {factors.Count} factors for {frequencies.Length} frequencies");
        if (factors.Any(factor => factor <= 0))
            throw config.Inconsistent($"{settings.PathOf(field)} holds a factor that is not above 0");
        return [.. frequencies.Select((frequency, i) => frequency / factors[i])];
    }

    private double YarnMagnitude(double factor)
    {
        var (numerator, denominator) = (settings!.OptionalDouble("mscale"), settings.OptionalDouble("mscale_all_dim"));
        return numerator is { } m and not 0 && denominator is { } all and not 0 ? Magnitude(m) / Magnitude(all) : Magnitude(1);

        double Magnitude(double mscale) => factor <= 1 ? 1 : 0.1 * mscale * Math.Log(factor) + 1;
    }

    /// <summary>The length of pretraining, by which yarn, longrope and llama3 scale.</summary>
    private int OriginalLength()
    {
        var beside = config.OptionalInt(Original, 1);
        var inside = settings!.OptionalInt(Original, 1);
        if (rules.OriginalLength is { } otherwise)
            return beside ?? otherwise;
        if (beside is not null && inside is not null && beside != inside)
            throw config.Inconsistent($"{settings.PathOf(Original)} is {inside}, but {Original} is {beside}");
        return inside ?? beside ?? Positive("max_position_embeddings", sizes.Positions);
    }

    private int Positive(string field, int value) => value > 0 ? value : throw config.Inconsistent($"{field} is {value}, but the rotary scaling needs a number above 0");
}
