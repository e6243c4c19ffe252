using LayerGrad.Checkpoints.Quantized.Codes;
using LayerGrad.Checkpoints.Quantized.Scales;
using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>
/// Eight-bit floats and integers beside scales: of one tensor, a row, groups of a row, or blocks of rows and columns (DeepSeek-AI 2024, arXiv 2412.19437,
/// section 3.3), as <c>fp8</c>, ModelOpt and compressed-tensors store them.
/// </summary>
internal static class ScaledLayout
{
    private const string Floats = "F8_E4M3";

    /// <summary>The tensors that are put together; all eight-bit floats have to be.</summary>
    public static IEnumerable<QuantizedPart> Find(StoredTensors tensors, QuantizationSettings settings)
    {
        foreach (var codes in tensors.All.Where(static tensor => tensor.Shape.Length is 2 or 3 && tensor.DType is Floats or "I8").ToList())
        {
            var scales = tensors.Present($"{codes.Name}_scale_inv", $"{codes.Name}_scale", $"{codes.Name}_scales_inv").Select(tensors.Find).OfType<TensorInfo>().ToList();
            if (scales.Count == 0 && codes.DType != Floats)
                continue; // Other integers, which the model has no weight of, or which are refused when they are asked for.
            if (scales.Count != 1)
                throw tensors.Error($"stores '{codes.Name}' in eight bits {(scales.Count == 0 ? "without" : "beside more than")} '{codes.Name}{(settings.Method == "fp8" ? "_scale_inv" : "_scale")}'; the checkpoint is incomplete");
            yield return Part(tensors, settings, codes, scales[0]);
        }
    }

    private static QuantizedPart Part(StoredTensors tensors, QuantizationSettings settings, TensorInfo codes, TensorInfo scales)
    {
        var (matrices, rows, columns) = codes.Shape.Length == 3 ? (codes.Shape[0], codes.Shape[1], codes.Shape[2]) : (1, codes.Shape[0], codes.Shape[1]);
        if (matrices < 1 || rows < 1 || columns < 1 || matrices > StoredTensors.LargestSize || rows > StoredTensors.LargestSize || columns > StoredTensors.LargestSize)
            throw tensors.Unfit(codes, "a matrix");
        var group = settings.Groups.Count > 0 ? ModuleGroup.Of(tensors, settings, codes, ".weight") : null;
        var isFloat = codes.DType == Floats;
        if (group is not null && (group.Bits != 8 || group.IsFloat != isFloat))
            throw tensors.Error($"stores '{codes.Name}' as {codes.DType}, but quantization_config says {(group.IsFloat ? "floats" : "integers")} of {group.Bits} bits for it");
        var (layout, words) = Layout(tensors, group is null ? settings.Block : group.Block, group?.GroupSize, codes, scales, (matrices, rows, columns));
        var zeros = tensors.Find($"{codes.Name}_zero_point");
        if (zeros is not null && zeros.Elements != scales.Elements)
            throw tensors.Unfit(zeros, $"[{string.Join(", ", scales.Shape)}]");
        var elements = new QuantizedElements(
            StoredTensors.Rows(tensors.Bytes(codes), columns), isFloat ? CodeTable.Float8 : CodeTable.Signed8, (int)columns, matrices * rows * columns, tensors.Numbers(scales), layout,
            zeros is null ? null : tensors.NumbersOrIntegers(zeros));
        return new QuantizedPart(
            codes.Name, isFloat ? Floats : "INT8", codes.Shape, elements, $"{(isFloat ? "floats" : "integers")} of 8 bits{(isFloat ? " (E4M3)" : "")}, {words}",
            [codes.Name, scales.Name, .. tensors.Present($"{codes.Name}_zero_point")]);
    }

    private static (ScaleLayout Layout, string Words) Layout(
        StoredTensors tensors, (int Rows, int Columns)? block, int? groupSize, TensorInfo codes, TensorInfo scales, (long Matrices, long Rows, long Columns) sizes)
    {
        var (matrices, rows, columns) = sizes;
        if (scales.Elements == 1)
            return (new ScaleLayout(1, (int)columns, BlockLines: long.MaxValue), "one scale a tensor");
        if (groupSize is { } size)
        {
            RequireGrid(tensors, scales, codes, rows, Suffixes.Parts(columns, size));
            return (new ScaleLayout((int)Suffixes.Parts(columns, size), size), Suffixes.Groups(size));
        }

        if (block is { } b)
        {
            var (down, across) = (Suffixes.Parts(rows, b.Rows), Suffixes.Parts(columns, b.Columns));
            RequireGrid(tensors, scales, codes, down, across);
            return (new ScaleLayout((int)across, b.Columns, b.Rows, rows), $"blocks of {b.Rows} x {b.Columns}");
        }

        if (scales.Shape is not [_] || matrices > 1 || scales.Shape[0] != rows)
            RequireGrid(tensors, scales, codes, rows, 1);
        return (new ScaleLayout(1, (int)columns), "one scale a row");
    }

    private static void RequireGrid(StoredTensors tensors, TensorInfo scales, TensorInfo codes, long rows, long columns) =>
        tensors.RequireShape(scales, codes.Shape.Length == 3 ? [codes.Shape[0], rows, columns] : [rows, columns]);
}
