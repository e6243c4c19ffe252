using System.Globalization;
using System.Xml.Linq;
using LayerGrad.Figures;

namespace LayerGrad.Tests.Figures;

/// <summary>Reads a figure back from its SVG: the values of its lines, by way of the axes that the panels describe.</summary>
internal sealed class Drawing
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private readonly XElement _root;

    public Drawing(Figure figure) : this(FigureFile.Svg(figure))
    {
    }

    public Drawing(string svg) => _root = XDocument.Parse(svg).Root!;

    public IReadOnlyList<DrawnPanel> Panels => [.. Groups(_root, "panel").Select(panel => new DrawnPanel(panel))];

    public IReadOnlyList<string> Texts => [.. _root.Descendants(s_svg + "text").Select(text => text.Value)];

    public double Width => double.Parse(_root.Attribute("width")!.Value.Replace("pt", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    public XElement Root => _root;

    internal static IEnumerable<XElement> Groups(XElement within, string kind) => within.Descendants(s_svg + "g").Where(group => group.Attribute("class")?.Value == kind);

    internal sealed class DrawnPanel(XElement panel)
    {
        public string Title => panel.Attribute("data-title")!.Value;

        public IReadOnlyList<string> LabelOrder => [.. Groups(panel, "label").OrderBy(label => double.Parse(label.Element(s_svg + "text")!.Attribute("y")!.Value, CultureInfo.InvariantCulture)).Select(label => label.Value.Trim())];

        public IReadOnlyList<string> Lines => [.. Groups(panel, "line").Select(line => line.Attribute("data-name")!.Value)];

        public bool IsDashed(string line) => Line(line).Descendants(s_svg + "path").All(path => path.Attribute("stroke-dasharray") is not null);

        /// <summary>The pieces of a line, in the units of the axes.</summary>
        public IReadOnlyList<IReadOnlyList<(double X, double Y)>> Pieces(string line) => [.. Line(line).Descendants(s_svg + "path").Select(Points)];

        public IReadOnlyList<(double X, double Y)> Dots(string line) => [.. Line(line).Descendants(s_svg + "circle")
            .Select(dot => Value(Number(dot.Attribute("cx")!.Value), Number(dot.Attribute("cy")!.Value)))];

        public IReadOnlyList<(double X, double Y)> Band(string name) => Points(Groups(panel, "band").Single(band => band.Attribute("data-name")!.Value == name).Descendants(s_svg + "path").Single());

        public IReadOnlyList<(double X, double Y, double Width, double Value, string Colour)> Cells => [.. Groups(panel, "cells").Single().Descendants(s_svg + "rect").Select(cell => (
            Number(cell.Attribute("x")!.Value), Number(cell.Attribute("y")!.Value), Number(cell.Attribute("width")!.Value), Number(cell.Attribute("data-value")!.Value), cell.Attribute("fill")!.Value))];

        private XElement Line(string name) => Groups(panel, "line").Single(line => line.Attribute("data-name")!.Value == name);

        private (double, double)[] Points(XElement path) => [.. path.Attribute("d")!.Value.TrimEnd('Z').Split('M', 'L').Skip(1).Select(point =>
        {
            var numbers = point.Split(' ');
            return Value(Number(numbers[0]), Number(numbers[1]));
        })];

        private (double X, double Y) Value(double x, double y) => (Invert("x", x), Invert("y", y));

        private double Invert(string axis, double place)
        {
            var parts = panel.Attribute("data-" + axis)!.Value.Split(' ');
            double low = Number(parts[1]), high = Number(parts[2]), from = Number(parts[3]), to = Number(parts[4]);
            var share = (place - from) / (to - from);
            return parts[0] == "log" ? low * Math.Pow(high / low, share) : low + (share * (high - low));
        }

        private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}
