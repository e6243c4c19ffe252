using LayerGrad.Checkpoints.Quantized.Codes;
using LayerGrad.Checkpoints.Quantized.Scales;
using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>GPTQ (Frantar et al. 2022, arXiv 2210.17323) as AutoGPTQ and GPTQModel store it: <c>qweight</c>, <c>qzeros</c>, <c>scales</c>, <c>g_idx</c>.</summary>
internal static class GptqLayout
{
    /// <summary>The tensors that are put together.</summary>
    public static IEnumerable<QuantizedPart> Find(StoredTensors tensors, QuantizationSettings settings)
    {
        foreach (var (module, words) in tensors.Ending(".qweight"))
        {
            var rule = settings.Rules.FirstOrDefault(rule => rule.Pattern.IsMatch(module));
            var (bits, said) = (rule?.Bits ?? settings.Bits, rule?.GroupSize ?? settings.GroupSize);
            var (rows, outputs) = tensors.Matrix(words);
            var inputs = (long)rows * 32 / bits;
            if (inputs > StoredTensors.LargestSize)
                throw tensors.Unfit(words, "a smaller matrix");
            var size = said == -1 ? (int)inputs : said;
            var groups = Suffixes.Parts(inputs, size);
            var (scales, zeros) = (tensors.Require(module + ".scales", words), tensors.Require(module + ".qzeros", words));
            tensors.RequireShape(scales, groups, outputs);
            tensors.RequireShape(zeros, groups, Suffixes.Parts((long)outputs * bits, 32));
            var index = tensors.Find(module + ".g_idx");
            var groupOf = index is null ? null : tensors.ReadGroups(index, inputs, groups, size);
            var points = new PackedIntegers(tensors.Bytes(zeros, "I32"), zeros.Name, bits, outputs, AlongRows: false, settings.ZeroOffset)
            {
                Ambiguous = settings.ZeroOffset == 0 ? null : (1 << bits) - 1,
            };
            var elements = new QuantizedElements(
                new GptqCodes(tensors.Bytes(words, "I32"), outputs), CodeTable.Unsigned(bits), (int)inputs, inputs * outputs,
                new TransposedTensor(tensors.Numbers(scales), outputs, 0, groups), new ScaleLayout((int)groups, size, GroupOf: groupOf),
                new TransposedTensor(points, outputs, 0, groups));
            yield return new QuantizedPart(
                module + ".weight", $"GPTQ{bits}", [outputs, inputs], elements, $"GPTQ of {bits} bits, {Suffixes.Groups(said)}{(groupOf is null ? "" : ", act-order")}",
                [words.Name, scales.Name, zeros.Name, .. tensors.Present(module + ".g_idx")]);
        }
    }
}
