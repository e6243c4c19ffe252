using LayerGrad.Checkpoints.Quantized.Codes;
using LayerGrad.Checkpoints.Quantized.Scales;
using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>compressed-tensors' packed weights: integers of four and eight bits, MXFP4 and NVFP4.</summary>
internal static class PackedLayout
{
    private const int WordBits = 32;

    /// <summary>The tensors that are put together.</summary>
    public static IEnumerable<QuantizedPart> Find(StoredTensors tensors, QuantizationSettings settings)
    {
        foreach (var (module, codes) in tensors.Ending(".weight_packed"))
        {
            var group = ModuleGroup.Of(tensors, settings, codes, ".weight_packed");
            if (group.IsFloat && group.Bits != 4)
                throw tensors.Error($"stores '{codes.Name}' packed, but quantization_config says floats of {group.Bits} bits for it");
            yield return group.IsFloat ? Fp4Layout.Packed(tensors, module, codes, group) : Integers(tensors, module, codes, group);
        }
    }

    private static QuantizedPart Integers(StoredTensors tensors, string module, TensorInfo codes, WeightGroup group)
    {
        var (rows, words) = tensors.Matrix(codes);
        var shape = tensors.Require(module + ".weight_shape", codes);
        tensors.RequireShape(shape, 2);
        var sizes = tensors.ReadIntegers(shape);
        if (sizes[0] != rows || sizes[1] < 1 || sizes[1] > StoredTensors.LargestSize || Suffixes.Parts(sizes[1] * group.Bits, WordBits) != words)
            throw tensors.Error($"'{shape.Name}' is [{sizes[0]}, {sizes[1]}], which does not fit '{codes.Name}' [{rows}, {words}] in {group.Bits} bits");
        var columns = (int)sizes[1];
        var scales = tensors.Require(module + ".weight_scale", codes);
        var layout = Layout(tensors, module, scales, group, rows, columns);
        var isWhole = layout.BlockLines == long.MaxValue;
        var zeros = tensors.Find(module + ".weight_zero_point");
        if (zeros is not null)
            tensors.RequireShape(zeros, Suffixes.Parts((isWhole ? 1 : rows / layout.BlockLines) * group.Bits, WordBits), layout.Groups);
        var points = zeros is null ? null : new PackedIntegers(tensors.Bytes(zeros, "I32"), zeros.Name, group.Bits, layout.Groups, AlongRows: true, -(1 << (group.Bits - 1)));
        var grouping = isWhole ? "one scale a tensor" : layout.BlockLines > 1 ? $"blocks of {layout.BlockLines} x {layout.GroupSize}" : Suffixes.Groups(group.GroupSize ?? -1);
        return new QuantizedPart(
            module + ".weight", $"INT{group.Bits}", [rows, columns],
            new QuantizedElements(
                StoredTensors.Rows(tensors.Bytes(codes, "I32"), (long)words * sizeof(int)), CodeTable.Centred(group.Bits), columns, (long)rows * columns, tensors.Numbers(scales), layout, points),
            $"integers of {group.Bits} bits, {grouping}{(zeros is null ? "" : ", asymmetric")}{(layout.GroupOf is null ? "" : ", act-order")}",
            [codes.Name, shape.Name, scales.Name, .. tensors.Present(module + ".weight_zero_point", module + ".weight_g_idx")]);
    }

    private static ScaleLayout Layout(StoredTensors tensors, string module, TensorInfo scales, WeightGroup group, int rows, int columns)
    {
        if (group.Block is { } block)
        {
            if (rows % block.Rows != 0)
                throw tensors.Error($"'{scales.Name}' is of blocks of {block.Rows} rows, of which the {rows} rows of its weight are no multiple");
            tensors.RequireShape(scales, rows / block.Rows, Suffixes.Parts(columns, block.Columns));
            return new ScaleLayout((int)Suffixes.Parts(columns, block.Columns), block.Columns, block.Rows);
        }

        if (group.GroupSize is not { } size)
        {
            if (scales.Elements == 1)
                return new ScaleLayout(1, columns, BlockLines: long.MaxValue);
            if (scales.Shape is not [_] || scales.Shape[0] != rows)
                tensors.RequireShape(scales, rows, 1);
            return new ScaleLayout(1, columns);
        }

        var groups = Suffixes.Parts(columns, size);
        tensors.RequireShape(scales, rows, groups);
        return new ScaleLayout((int)groups, size, GroupOf: Index(tensors, module, columns, groups, size));
    }

    /// <summary>The groups of act-order; an index of −1 alone stands for none.</summary>
    private static int[]? Index(StoredTensors tensors, string module, int columns, long groups, int size)
    {
        if (tensors.Find(module + ".weight_g_idx") is not { } index)
            return null;
        if (index.Elements == columns && tensors.ReadIntegers(index) is var stored && Array.TrueForAll(stored, static group => group == -1))
            return null;
        var groupOf = tensors.ReadGroups(index, columns, groups, size);

        // The library sorts inputs by their groups and cuts them into groups of one size.
        if (groupOf?.CountBy(static group => group).Any(count => count.Value != size && count.Key != groups - 1) == true)
            throw tensors.Error($"'{index.Name}' has groups that are not of {size} inputs each");
        return groupOf;
    }
}
