using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// A mixture of experts: y = Σ over the chosen experts of weight · expert(x), and the shared expert's output where there is one. A chosen expert sees
/// only its own tokens, so the rank of its gradient is at most their number.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class MixtureOfExperts<T> : FeedForward<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly MixtureOfExpertsSpecification _specification;
    private readonly Matrix<T> _scores;
    private readonly Matrix<T> _projected;
    private readonly Matrix<T> _outputs;
    private readonly SharedExpert<T>? _shared;
    private ExpertRouting? _routing;

    /// <summary>Room for a batch.</summary>
    /// <param name="specification">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public MixtureOfExperts(MixtureOfExpertsSpecification specification, Workspace<T> workspace, int tokens)
    {
        _specification = specification;
        var rows = tokens * specification.Routing.ExpertsPerToken;
        _scores = workspace.Take(tokens, specification.Experts.Count);
        _projected = workspace.Take(rows, DenseFeedForward<T>.Columns(specification.Experts[0]));
        _outputs = workspace.Take(rows, specification.Experts[0].Down.Outputs);
        if (specification.Shared is { } shared)
            _shared = new SharedExpert<T>(shared, workspace, tokens);
    }

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        using (pass.Workspace.Begin())
            Linear.Forward(pass, [_specification.Router], RouterInput(pass, x), _scores);
        var read = pass.Device.Read(_scores);
        if (y is { } cleared)
            pass.Device.Clear(cleared);
        _routing = Route(pass, read.Wait());
        using var outer = pass.Workspace.Begin();
        var input = ExpertInput(pass, x);
        ForExperts((expert, part, start, tokens) =>
        {
            using var scope = pass.Workspace.Begin();
            var rows = scope.Take(tokens.Length, x.Columns);
            pass.Device.GatherRows(input, tokens, rows);
            // The experts' outputs are kept: the router's gradient needs them.
            var output = _outputs.RowRange(start, tokens.Length);
            part.Forward(pass, rows, output);
            if (y is { } sum)
                pass.Device.ScatterAddRows(output, tokens, sum, _routing.Weights(expert));
        });
        _shared?.Forward(pass, x, y);
    }

    /// <summary>All tokens may choose one expert.</summary>
    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) => Math.Max(
        (_specification.ExpertNorm is null ? 0 : Workspace<T>.Elements(pass.Tokens, _outputs.Columns)) + Workspace<T>.Elements(pass.Tokens, _outputs.Columns) + DenseFeedForward<T>.ForwardScratch(_specification.Experts[0], pass.Tokens),
        Math.Max(_shared?.ForwardScratch(pass, output) ?? 0, _specification.OtherParameters.Any() ? Workspace<T>.Elements(1, _scores.Columns) : 0));

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        if (_routing is null)
            throw new InvalidOperationException("the forward comes first");
        RouterBackward(pass, x, dy, dx);
        using var outer = pass.Workspace.Begin();
        var input = ExpertInput(pass, x);
        var dInput = _specification.ExpertNorm is null ? dx : outer.TakeCleared(x.Rows, x.Columns);
        ForExperts((expert, part, start, tokens) =>
        {
            using var scope = pass.Workspace.Begin();
            var (rows, gradient) = (scope.Take(tokens.Length, x.Columns), scope.Take(tokens.Length, dy.Columns));
            Matrix<T>? dRows = dInput is null ? null : scope.Take(tokens.Length, x.Columns);
            pass.Device.GatherRows(input, tokens, rows);
            pass.Device.GatherRows(dy, tokens, gradient);
            pass.Device.ScaleRows(gradient, _routing.Weights(expert));
            part.Backward(pass, SegmentsOf(pass.Segments, tokens), rows, gradient, dRows);
            if (dInput is { } sum)
                pass.Device.ScatterAddRows(dRows!.Value, tokens, sum);
        });
        if (_specification.ExpertNorm is { } norm)
            Norm.Backward(pass, norm, x, dInput!.Value, dx ?? dInput.Value, accumulate: dx is not null);
        _shared?.Backward(pass, x, dy, dx);
        pass.CountNearTies(_routing.IsNearTie);
    }

    /// <summary>All tokens may choose one expert.</summary>
    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass)
    {
        var stream = Workspace<T>.Elements(pass.Tokens, _outputs.Columns);
        var scores = Workspace<T>.Elements(pass.Tokens, _scores.Columns) + Workspace<T>.Elements(1, _specification.ExpertScales is null ? 0 : _scores.Columns);
        return Math.Max(
            Math.Max(scores + (_specification.RouterNorm is null ? 0 : 2 * stream), _shared?.BackwardScratch(pass) ?? 0),
            (_specification.ExpertNorm is null ? 3 : 5) * stream + _specification.Experts.Max(expert => DenseFeedForward<T>.BackwardScratch(expert, pass, pass.Tokens)));
    }

    private void RouterBackward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        var products = new DeviceResult<double[]>[_specification.Experts.Count];
        Array.Fill(products, new DeviceResult<double[]>([]));
        ForExperts((expert, _, start, tokens) =>
        {
            using var scope = pass.Workspace.Begin();
            var gradient = scope.Take(tokens.Length, dy.Columns);
            pass.Device.GatherRows(dy, tokens, gradient);
            products[expert] = pass.Device.DotRows(gradient, _outputs.RowRange(start, tokens.Length));
        });

        using var outer = pass.Workspace.Begin();
        var dScores = outer.Take(_scores.Rows, _scores.Columns);
        var dWeights = Array.ConvertAll(products, product => product.Wait());
        pass.Device.Upload(Array.ConvertAll(_routing!.Backward(dWeights), T.CreateTruncating), dScores);
        if (pass.Accumulator(_specification.ExpertScales) is { } scales)
        {
            var added = outer.Take(1, _scores.Columns);
            pass.Device.Upload(Array.ConvertAll(_routing.ScaleGradients(dWeights), T.CreateTruncating), added);
            pass.Device.Add(added, scales);
        }

        if (_specification.RouterNorm is not { } norm)
        {
            Linear.Backward(pass, [_specification.Router], pass.Segments, x, dScores, dx);
            return;
        }

        var (input, dInput) = (RouterInput(pass, x), outer.Take(x.Rows, x.Columns));
        Linear.Backward(pass, [_specification.Router], pass.Segments, input, dScores, dInput);
        pass.Device.Scale(dInput, _specification.RouterScale);
        Norm.Backward(pass, norm, x, dInput, dx ?? dInput, accumulate: false);
    }

    /// <summary>What the router reads, in memory of the pass where that is not the input itself.</summary>
    private Matrix<T> RouterInput(Pass<T> pass, Matrix<T> x)
    {
        if (_specification.RouterNorm is not { } norm)
            return x;
        var normed = pass.Workspace.Take(x.Rows, x.Columns);
        Norm.Forward(pass, norm, x, normed);
        pass.Device.Scale(normed, _specification.RouterScale);
        return normed;
    }

    /// <summary>What the experts read, in memory of the pass where that is not the input itself.</summary>
    private Matrix<T> ExpertInput(Pass<T> pass, Matrix<T> x)
    {
        if (_specification.ExpertNorm is not { } norm)
            return x;
        var normed = pass.Workspace.Take(x.Rows, x.Columns);
        Norm.Forward(pass, norm, x, normed);
        return normed;
    }

    private ExpertRouting Route(Pass<T> pass, T[] logits)
    {
        var (bias, scales) = (Numbers(pass, _specification.Routing.CorrectionBias), Numbers(pass, _specification.ExpertScales));
        return new ExpertRouting(Array.ConvertAll(logits, double.CreateTruncating), bias, _scores.Rows, _scores.Columns, _specification.Routing, scales);
    }

    /// <summary>A number for each expert, on the host; null where there are none.</summary>
    private double[]? Numbers(Pass<T> pass, ParameterSpecification? parameter)
    {
        if (parameter is null)
            return null;
        using var scope = pass.Workspace.Begin();
        var values = scope.Take(1, _scores.Columns);
        pass.Device.Widen(pass.Weights[parameter], values);
        return Array.ConvertAll(pass.Device.Read(values).Wait(), double.CreateTruncating);
    }

    /// <summary>Visits the experts that have tokens, each with its rows of what is kept.</summary>
    private void ForExperts(Action<int, DenseFeedForward<T>, int, int[]> body)
    {
        var start = 0;
        for (var expert = 0; expert < _specification.Experts.Count; expert++)
        {
            var tokens = _routing!.Tokens[expert];
            if (tokens.Length == 0)
                continue;
            body(expert, new DenseFeedForward<T>(_specification.Experts[expert], _projected.RowRange(start, tokens.Length)), start, tokens);
            start += tokens.Length;
        }
    }

    private static List<Segment> SegmentsOf(IReadOnlyList<Segment> segments, int[] tokens)
    {
        var result = new List<Segment>(segments.Count);
        var row = 0;
        foreach (var segment in segments)
        {
            var start = row;
            while (row < tokens.Length && tokens[row] < segment.End)
                row++;
            if (row > start)
                result.Add(new Segment(segment.Example, start, row - start));
        }

        return result;
    }
}
