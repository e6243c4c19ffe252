using System.Numerics;
using LayerGrad.Compute;
using TorchSharp;

namespace LayerGrad.Torch.Storage;

/// <summary>Matrices, parameters and heads as tensors that look at the same memory. They own nothing, but must be disposed of like any tensor.</summary>
internal static class TensorViews
{
    /// <summary>rows x columns.</summary>
    public static torch.Tensor View<T>(this Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elements(matrix.Memory).as_strided([matrix.Rows, matrix.Columns], [matrix.Stride, 1], matrix.Offset);

    /// <summary>rows x columns, in the type in which the elements are stored.</summary>
    public static torch.Tensor View<T>(this Parameter<T> parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elements(parameter.Memory).as_strided([parameter.Rows, parameter.Columns], [parameter.Stride, 1], parameter.Offset);

    /// <summary>rows x groups x size: groups of columns that stand side by side in each row.</summary>
    public static torch.Tensor Groups<T>(this Matrix<T> matrix, int groups, int size, int spacing)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elements(matrix.Memory).as_strided([matrix.Rows, groups, size], [matrix.Stride, spacing, 1], matrix.Offset);

    /// <summary>tokens x heads x size.</summary>
    public static torch.Tensor View<T>(this Heads<T> heads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        heads.Matrix.Groups(heads.Count, heads.Size, heads.Spacing);

    private static torch.Tensor Elements<T>(ParameterMemory<T> memory)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        memory is ITensorMemory tensor ? tensor.Elements : throw new InvalidOperationException($"memory of another device: {memory.GetType().Name}");
}
