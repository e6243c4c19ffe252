using LayerGrad.Data.Synthesis;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers.Training;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Training;

/// <summary>A llama of a few thousand parameters with problems to train it on, in a folder of its own.</summary>
internal sealed class TinyModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyModel(bool tied = true)
    {
        SyntheticData.Write(_folder.At("synth"), new SynthesisOptions { Train = 40, HeldOut = 4, Seed = 1, Knowledge = 0 });
        var texts = LayerGrad.Examples.Dataset.Load(Data("train_simplified")).Select(example => $"{example.InstructionWithInput}\n{example.Output}");
        var trained = BytePairTrainer.Train(texts, 300);
        TokenizerJsonWriter.Write(trained, Tokenizer);
        Config = _folder.Write("config.json", $$"""
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": 16, "intermediate_size": 24,
              "num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 2, "max_position_embeddings": 256, "rms_norm_eps": 1e-5,
              "rope_theta": 10000.0, "tie_word_embeddings": {{(tied ? "true" : "false")}}, "vocab_size": {{trained.Tokens.Count}}, "initializer_range": 0.05
            }
            """);
    }

    public string Config { get; }

    public string Tokenizer => _folder.At("tokenizer");

    /// <summary>Ten steps that write a probe every five and a checkpoint every four.</summary>
    public TrainingOptions Options(string name) => new()
    {
        Init = Config,
        Tokenizer = Tokenizer,
        Data = [Data("train_simplified"), Data("train_none")],
        Out = At(name),
        Steps = 10,
        Batch = 4,
        Warmup = 2,
        Schedule = "cosine",
        Clip = 1,
        Optimizer = new OptimizerOptions { LearningRate = 5e-3, WeightDecay = 0.01 },
        AppendEos = true,
        Seed = 3,
        Probes = [Data("heldout_none")],
        ProbeEvery = 5,
        SaveEvery = 4,
        Threads = 1,
        Memory = 2L << 30,
    };

    public string Data(string name) => _folder.At(Path.Combine("synth", name + ".json"));

    public string At(string name) => _folder.At(name);

    public void Dispose() => _folder.Dispose();
}
