using System.Numerics;
using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training;

/// <summary>
/// What a training goes on from, in one safetensors file that is replaced as a whole: the weights, the optimiser's state and
/// the step, all in the numbers that the training computes in.
/// </summary>
internal static class TrainingState
{
    private const string StepTensor = "step";

    /// <summary>Writes the state.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="trainer">The training.</param>
    /// <param name="step">The steps that are done.</param>
    /// <exception cref="InputException">It cannot be written; the former state is unchanged.</exception>
    public static void Write<T>(string folder, JsonElement config, Trainer<T> trainer, int step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tensors = (trainer.Lora?.State() ?? Weights(trainer)).ToList();
        foreach (var (name, parameter, values) in trainer.Optimizer.State)
            tensors.Add(Tensor<T>($"{name}.{parameter.Name}", [parameter.Rows, parameter.Columns], Download(trainer.Device, values)));
        tensors.Add(new WrittenTensor(StepTensor, [1], new[] { (double)step }));
        CheckpointWriter.Write(folder, config, tensors, typeof(T) == typeof(double) ? StoredPrecision.Float64 : StoredPrecision.Float32);
    }

    /// <summary>The weights under their names in the checkpoint.</summary>
    public static IEnumerable<WrittenTensor> Weights<T>(Trainer<T> trainer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var parameter in trainer.Decoder.Specification.Parameters)
        {
            var values = Download(trainer.Device, trainer.Decoder.Weights[parameter].AsMatrix());
            if (parameter.StoredTransposed)
            {
                yield return Tensor<T>(parameter.Name, parameter.StoredShape, Transposed(values, parameter.Rows, parameter.Columns));
                continue;
            }

            var length = values.Length / parameter.Tensors.Count;
            for (var i = 0; i < parameter.Tensors.Count; i++)
                yield return Tensor<T>(parameter.Tensors[i], parameter.StoredShape, values.AsMemory(i * length, length));
        }
    }

    /// <summary>The steps that a state has behind it.</summary>
    public static int StepOf(Checkpoint state)
    {
        Span<double> step = stackalloc double[1];
        state.Read(StepTensor, 0, step);
        return (int)step[0];
    }

    /// <summary>Reads the optimiser's state; the weights are read where the model is loaded.</summary>
    public static void ReadOptimizer<T>(Checkpoint state, Trainer<T> trainer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var (name, parameter, values) in trainer.Optimizer.State)
        {
            var stored = ParameterSpecification.Matrix($"{name}.{parameter.Name}", parameter.Rows, parameter.Columns);
            trainer.Device.Fill(values, (start, part) => CheckpointParameters<T>.Read(state, stored.Name, start, part));
        }
    }

    private static T[] Download<T>(Device<T> device, Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new T[matrix.Count];
        device.Download(matrix, values);
        return values;
    }

    private static T[] Transposed<T>(T[] values, int rows, int columns)
    {
        var transposed = new T[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                transposed[(long)column * rows + row] = values[(long)row * columns + column];
        }

        return transposed;
    }

    private static WrittenTensor Tensor<T>(string name, long[] shape, ReadOnlyMemory<T> values) => values is ReadOnlyMemory<float> singles
        ? new WrittenTensor(name, shape, singles)
        : new WrittenTensor(name, shape, (ReadOnlyMemory<double>)(object)values);
}
