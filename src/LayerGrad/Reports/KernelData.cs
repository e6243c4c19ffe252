using System.Text.Json;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Reports;

/// <summary>Writes the kernel between examples that the page shows, a matrix at a time.</summary>
internal static class KernelData
{
    /// <summary>Cells of all matrices together that a page holds: three bytes each before they are packed.</summary>
    private const int MostCells = 1_500 * 1_500;

    /// <summary>Writes what the page reads; where the file has too many cells, those of evenly spaced examples.</summary>
    /// <exception cref="InputException">The file has no finite number, or more matrices than a page can show.</exception>
    public static void Write(Utf8JsonWriter json, KernelFile kernel, KernelAxes axes, PackedChunks chunks)
    {
        const int FewestExamples = 20;
        var most = (int)Math.Sqrt(MostCells / kernel.Matrices);
        if (most < Math.Min(FewestExamples, Math.Max(kernel.Rows, kernel.Columns)))
            throw new InputException($"--kernel {kernel.Path}: {kernel.Matrices} matrices are more than a page can show; write fewer with layergrad kernel --by layer, or --weights");
        var (rows, columns) = (Spaced(kernel.Rows, most), Spaced(kernel.Columns, most));
        json.WriteStartObject("kernel");
        json.WriteString("path", kernel.Path);
        json.WriteString("by", axes.By);
        json.WriteBoolean("cosines", axes.Cosines);
        json.WriteNumber("examples", kernel.Rows);
        json.WriteTexts("rows", rows.Select(row => axes.Examples[row]));
        json.WriteTexts("columns", columns.Select(column => kernel.Columns == kernel.Rows ? axes.Examples[column] : ReportJson.Number(column)));
        var someFinite = false;
        json.WriteObjects("matrices", Enumerable.Range(0, kernel.Matrices), matrix =>
        {
            var values = kernel.Read(matrix, rows, columns);
            var finite = Array.FindAll(values, float.IsFinite);
            someFinite |= finite.Length > 0;
            json.WriteString("name", axes.Names[matrix]);
            json.WriteNumbers("range", finite.Length > 0 ? [finite.Min(), finite.Max()] : [0, 0]);
            json.WriteString("values", chunks.Add(values));
        });
        json.WriteEndObject();
        if (!someFinite)
            throw new InputException($"--kernel {kernel.Path}: holds no finite number");
    }

    private static int[] Spaced(int count, int most) =>
        [.. Enumerable.Range(0, Math.Min(count, most)).Select(i => (int)((long)i * count / Math.Min(count, most)))];
}
