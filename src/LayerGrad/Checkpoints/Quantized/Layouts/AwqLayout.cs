using LayerGrad.Checkpoints.Quantized.Codes;
using LayerGrad.Checkpoints.Quantized.Scales;
using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>AWQ (Lin et al. 2023, arXiv 2306.00978) as AutoAWQ stores it for its <c>gemm</c> kernels: <c>qweight</c>, <c>qzeros</c>, <c>scales</c>.</summary>
internal static class AwqLayout
{
    private const int InWord = 8;

    /// <summary>The tensors that are put together.</summary>
    public static IEnumerable<QuantizedPart> Find(StoredTensors tensors, QuantizationSettings settings)
    {
        foreach (var (module, words) in tensors.Ending(".qweight"))
        {
            var (inputs, columns) = tensors.Matrix(words);
            var outputs = (long)columns * InWord;
            if (outputs > StoredTensors.LargestSize)
                throw tensors.Unfit(words, "a smaller matrix");
            var size = settings.GroupSize == -1 ? inputs : settings.GroupSize;
            var groups = Suffixes.Parts(inputs, size);
            var (scales, zeros) = (tensors.Require(module + ".scales", words), tensors.Require(module + ".qzeros", words));
            tensors.RequireShape(scales, groups, outputs);
            tensors.RequireShape(zeros, groups, columns);
            var points = new PackedIntegers(tensors.Bytes(zeros, "I32"), zeros.Name, settings.Bits, (int)outputs, AlongRows: false, Offset: 0) { Order = AwqCodes.Order };
            var elements = new QuantizedElements(
                new AwqCodes(tensors.Bytes(words, "I32"), inputs, (int)outputs), CodeTable.Unsigned(settings.Bits), inputs, inputs * outputs,
                new TransposedTensor(tensors.Numbers(scales), outputs, 0, groups), new ScaleLayout((int)groups, size),
                new TransposedTensor(points, outputs, 0, groups));
            yield return new QuantizedPart(
                module + ".weight", $"AWQ{settings.Bits}", [outputs, inputs], elements, $"AWQ of {settings.Bits} bits, {Suffixes.Groups(settings.GroupSize)}",
                [words.Name, scales.Name, zeros.Name]);
        }
    }
}
