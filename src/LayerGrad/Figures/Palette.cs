using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>Colours that readers with a colour-vision deficiency can tell apart, in colour and in grey.</summary>
internal static class Palette
{
    public static readonly Rgb Ink = Rgb.Of(0x222222);
    public static readonly Rgb Faint = Rgb.Of(0x6b6b6b);
    public static readonly Rgb Axis = Rgb.Of(0x8a8a8a);
    public static readonly Rgb Grid = Rgb.Of(0xe7e7e7);
    public static readonly Rgb Paper = Rgb.Of(0xffffff);

    /// <summary>What stands where a value is missing.</summary>
    public static readonly Rgb Missing = Rgb.Of(0xd9d9d9);

    // Okabe and Ito, "Color Universal Design" (2008), ordered so that the first four differ most in lightness as well;
    // their yellow is too pale for a line on white paper and stands last.
    private static readonly Rgb[] s_okabeIto =
    [
        Rgb.Of(0x0072b2), Rgb.Of(0xd55e00), Rgb.Of(0x009e73), Rgb.Of(0xcc79a7),
        Rgb.Of(0x56b4e9), Rgb.Of(0xe69f00), Rgb.Of(0x000000), Rgb.Of(0xb8a900),
    ];

    // Viridis (van der Walt and Smith, 2015) at nine evenly spaced places; between them linear interpolation stays
    // within two of 255 steps of the original.
    private static readonly Rgb[] s_viridis =
    [
        Rgb.Of(0x440154), Rgb.Of(0x472d7b), Rgb.Of(0x3b528b), Rgb.Of(0x2c728e), Rgb.Of(0x21918c),
        Rgb.Of(0x28ae80), Rgb.Of(0x5ec962), Rgb.Of(0xaddc30), Rgb.Of(0xfde725),
    ];

    /// <summary>The colour of the line with this number; they repeat after eight.</summary>
    public static Rgb Line(int index) => s_okabeIto[index % s_okabeIto.Length];

    /// <summary>The colour of a share in [0, 1] of a sequential scale, dark to light.</summary>
    public static Rgb Sequential(double share)
    {
        var place = Math.Clamp(share, 0, 1) * (s_viridis.Length - 1);
        var below = Math.Min((int)place, s_viridis.Length - 2);
        return s_viridis[below].Towards(s_viridis[below + 1], place - below);
    }
}
