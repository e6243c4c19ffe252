using System.Globalization;

namespace LayerGrad.Figures.Canvases;

/// <summary>A colour, eight bits a channel.</summary>
/// <param name="Red">Red, 0 to 255.</param>
/// <param name="Green">Green, 0 to 255.</param>
/// <param name="Blue">Blue, 0 to 255.</param>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>The colour as CSS and SVG write it, <c>#rrggbb</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Red:x2}{Green:x2}{Blue:x2}");

    /// <summary>The colour of <c>0xrrggbb</c>.</summary>
    internal static Rgb Of(int hexadecimal) => new((byte)(hexadecimal >> 16), (byte)(hexadecimal >> 8), (byte)hexadecimal);

    /// <summary>The colour <paramref name="share"/> of the way from this one to another.</summary>
    internal Rgb Towards(Rgb other, double share) => new(Mix(Red, other.Red, share), Mix(Green, other.Green, share), Mix(Blue, other.Blue, share));

    private static byte Mix(byte from, byte to, double share) => (byte)Math.Round(from + ((to - from) * share));
}
