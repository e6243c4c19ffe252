
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Figures;

/// <summary>Which figure of some runs.</summary>
internal enum FigureKind
{
    /// <summary>Means over the layers, a panel a set, a line a projection.</summary>
    Curves,

    /// <summary>Means as colours, layer by projection, a panel a set.</summary>
    HeatMap,

    /// <summary>Mean spectra, a line a layer; needs runs measured with <c>--spectra</c>.</summary>
    Spectra,

    /// <summary>Means as colours, layer by training step; needs the probe runs of <c>train</c>.</summary>
    Steps,

    /// <summary>Means over all layers, over training steps, a line a set; needs the probe runs of <c>train</c>.</summary>
    Progress,

    /// <summary>The gradient noise scale over the layers, a panel a set; needs runs measured with <c>--noise</c>.</summary>
    Noise,

    /// <summary>The same over training steps, a line a set; needs the probe runs of <c>train --noise</c>.</summary>
    NoiseProgress,

    /// <summary>The cosine between the mean gradients of the sets of a kernel over the layers, a panel a pair; needs a kernel of several sets.</summary>
    Agreement,

    /// <summary>The same over all weights, sets against sets, as colours.</summary>
    AgreementMap,
}

/// <summary>What to draw of which runs.</summary>
internal sealed record FigureRequest
{
    /// <summary>The run files, a set each.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>The sets' names, and after them, where they are given, those of <see cref="Against"/>; empty: from the files' names.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The model of each run; empty: what its metadata says.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Runs drawn dashed in the panels of <see cref="Runs"/>, in their order, or one for all of them; empty for none.</summary>
    public IReadOnlyList<string> Against { get; init; } = [];

    /// <summary>Which figure.</summary>
    public FigureKind Kind { get; init; }

    /// <summary>What is drawn.</summary>
    public Metric Metric { get; init; } = Metric.NuclearNorm;

    /// <summary>Whether a second row of panels shows how much of the nuclear norm the largest singular value is.</summary>
    public bool Ratio { get; init; }

    /// <summary>The projections to draw; empty for all.</summary>
    public IReadOnlyList<string> Projections { get; init; } = [];

    /// <summary>Bootstrap replicates behind the bands; 0 for no bands.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>The seed of the bootstrap.</summary>
    public int Seed { get; init; }

    /// <summary>The training step of probe runs to draw, for figures that do not run over steps.</summary>
    public int? Step { get; init; }

    /// <summary>Whether lines that cannot be read are left out.</summary>
    public bool SkipBad { get; init; }

    /// <summary>Size, axes and scales.</summary>
    public FigureStyle Style { get; init; } = new();
}
