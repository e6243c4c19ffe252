namespace LayerGrad.Runs;

/// <summary>
/// The keys of a run's files, each spelled here and nowhere else (<c>docs/formats.md</c> says what they hold). A statistic's key stands in its
/// entry of <see cref="Statistics.Statistic"/>; the fields of datasets are <c>Examples</c>' own.
/// </summary>
internal static class RunKeys
{
    /// <summary>The instruction with its input; the original's.</summary>
    public const string Instruction = "instruction";

    /// <summary>The output; the original's.</summary>
    public const string Output = "output";

    /// <summary>Mean cross-entropy over the response tokens; the original's.</summary>
    public const string Loss = "loss";

    /// <summary>The example's position in its dataset.</summary>
    public const string Index = "index";

    /// <summary>The training step, in a probe's run and in the losses of a training.</summary>
    public const string Step = "step";

    /// <summary>In a line, the object with the counts of tokens; in the metadata, whether shares of tokens are written.</summary>
    public const string Tokens = "tokens";

    /// <summary>Tokens of prompt and response together.</summary>
    public const string TotalTokens = "total";

    /// <summary>Tokens of the response.</summary>
    public const string ResponseTokens = "response";

    /// <summary>How many of the response's tokens are thinking; left out where none is.</summary>
    public const string ThinkingTokens = "thinking";

    /// <summary>The name of the number of response tokens where it stands beside metrics.</summary>
    public const string ResponseTokensMetric = "response_tokens";

    /// <summary>The name of the number of those that are thinking, likewise.</summary>
    public const string ThinkingTokensMetric = "thinking_tokens";

    /// <summary>How many choices of experts are nearly tied; left out of a line where none is.</summary>
    public const string NearTies = "router_near_ties";

    /// <summary>In a line, the precision in which the example was measured where it is not the run's; in the metadata, the run's.</summary>
    public const string Precision = "precision";

    /// <summary>In a line, how many of its weights have no statistics (left out where all have); in a weight, why it has none; in the results, how many have none.</summary>
    public const string Unresolved = "unresolved";

    /// <summary>All singular values of a weight's gradient.</summary>
    public const string SingularValues = "S_list";

    /// <summary>Cosines between the layers, for each kind of weight; the successor's.</summary>
    public const string CosinesBetweenLayers = "cosine_sim";

    /// <summary>Cosines within each layer; the successor's.</summary>
    public const string CosinesWithinLayer = "cosine_sim_qkvo";

    /// <summary>The layers of a matrix of cosines.</summary>
    public const string LayerIndices = "layer_indices";

    /// <summary>A matrix of cosines.</summary>
    public const string CosineMatrix = "matrix";

    /// <summary>Why an example was skipped.</summary>
    public const string Reason = "reason";

    /// <summary>The whole text of an example.</summary>
    public const string Text = "text";

    /// <summary>The tokens of a text.</summary>
    public const string Ids = "ids";

    /// <summary>Where each token stands in the text.</summary>
    public const string Offsets = "offsets";

    /// <summary>The first token that counts in the loss.</summary>
    public const string ResponseStart = "response_start";

    /// <summary>The positions of the tokens that count in the loss, where they are not simply those from <see cref="ResponseStart"/> on.</summary>
    public const string Counted = "counted";

    /// <summary>What each token is part of: <c>prompt</c>, <c>thinking</c> or <c>answer</c>.</summary>
    public const string Parts = "part";

    /// <summary>Each token's share of each gradient.</summary>
    public const string Shares = "share";

    /// <summary>Keys of <c>RUN.meta.json</c> beside those above.</summary>
    internal static class Metadata
    {
        /// <summary>The version of LayerGrad that began the run.</summary>
        public const string Version = "layergrad";

        /// <summary>The object that says which model.</summary>
        public const string Model = "model";

        /// <summary>A file or folder as the user named it.</summary>
        public const string Path = "path";

        /// <summary>The identity of what stands at a path.</summary>
        public const string Hash = "hash";

        /// <summary>The model's family.</summary>
        public const string Family = "family";

        /// <summary>The object that says which adapter is merged into the model.</summary>
        public const string Adapter = "adapter";

        /// <summary>How many layers the model has.</summary>
        public const string Layers = "layers";

        /// <summary>In which formats the model's weights are quantised.</summary>
        public const string Quantization = "quantization";

        /// <summary>What a reader must know of the model's tensors.</summary>
        public const string WeightNotes = "weight_notes";

        /// <summary>Fields of the configuration that are not used.</summary>
        public const string UnusedFields = "unused_fields";

        /// <summary>The object that says which dataset.</summary>
        public const string Data = "data";

        /// <summary>What was understood of the dataset: form and format.</summary>
        public const string Form = "form";

        /// <summary>The commit of the hub's repository.</summary>
        public const string Commit = "commit";

        /// <summary>The first selected position of the dataset.</summary>
        public const string First = "first";

        /// <summary>The position after the last selected one.</summary>
        public const string End = "end";

        /// <summary>The object with what the measurement is.</summary>
        public const string Options = "options";

        /// <summary>How the text became tokens.</summary>
        public const string Protocol = "protocol";

        /// <summary>Whether the chat template was used.</summary>
        public const string Chat = "chat";

        /// <summary>The date that the chat template saw.</summary>
        public const string Date = "date";

        /// <summary>The variables that the chat template was given.</summary>
        public const string TemplateArguments = "template_args";

        /// <summary>The tools that the chat template was given.</summary>
        public const string Tools = "tools";

        /// <summary>Which turns of the assistant counted; left out where it was the last one.</summary>
        public const string Turns = "turns";

        /// <summary>What counted of thinking; left out where all did.</summary>
        public const string MaskThinking = "mask_thinking";

        /// <summary>Tokens after which an example was cut.</summary>
        public const string MaxLength = "max_length";

        /// <summary>The identity of the tokenizer's files.</summary>
        public const string Tokenizer = "tokenizer";

        /// <summary>The version of transformers whose changes to the tokenizer were made.</summary>
        public const string TokenizerRules = "tokenizer_rules";

        /// <summary>Among the options, which weights were asked for; at the top, those that are measured.</summary>
        public const string Weights = "weights";

        /// <summary>Whether the parts of fused weights are in the lines.</summary>
        public const string SplitFused = "split_fused";

        /// <summary>The statistics beside those of every run; left out where there are none.</summary>
        public const string Statistics = "statistics";

        /// <summary>Whether all singular values are in the lines.</summary>
        public const string Spectra = "spectra";

        /// <summary>Whether cosines are in the lines.</summary>
        public const string Cosine = "cosine";

        /// <summary>Whether the inner products between examples stand beside the run.</summary>
        public const string Noise = "noise";

        /// <summary>The kind of device.</summary>
        public const string Device = "device";

        /// <summary>The object with the plan.</summary>
        public const string Plan = "plan";

        /// <summary>How many tokens a packing window holds.</summary>
        public const string TokenBudget = "token_budget";

        /// <summary>Why the plan was made again smaller.</summary>
        public const string PlannedAgain = "planned_again";

        /// <summary>Where each packing window begins.</summary>
        public const string Windows = "windows";

        /// <summary>Which part of the run it is.</summary>
        public const string Shard = "shard";

        /// <summary>What computed.</summary>
        public const string Devices = "devices";

        /// <summary>The object with what the run came to.</summary>
        public const string Results = "results";

        /// <summary>Examples measured.</summary>
        public const string Measured = "measured";

        /// <summary>Examples skipped.</summary>
        public const string Skipped = "skipped";

        /// <summary>Examples with choices of experts that are nearly tied.</summary>
        public const string Examples = "examples";

        /// <summary>Such choices.</summary>
        public const string Choices = "choices";

        /// <summary>Examples that were measured in float64 in a run of another precision.</summary>
        public const string MeasuredInFloat64 = "measured_in_fp64";
    }

    /// <summary>Keys of <c>RUN.noise.json</c> beside those above.</summary>
    internal static class Noise
    {
        /// <summary>Measured examples whose products are not there.</summary>
        public const string LeftOut = "left_out";

        /// <summary>The products of each layer's weights together.</summary>
        public const string Layers = "layers";

        /// <summary>The products of each projection over all layers.</summary>
        public const string Projections = "projections";

        /// <summary>The products of all weights together.</summary>
        public const string All = "all";
    }

    /// <summary>Keys of <c>KERNEL.json</c> beside those above.</summary>
    internal static class Kernel
    {
        /// <summary>The object that says which test set.</summary>
        public const string Test = "test";

        /// <summary>What the inner products are summed over.</summary>
        public const string By = "by";

        /// <summary>Whether cosines are written.</summary>
        public const string Normalize = "normalize";

        /// <summary>The element type of <c>KERNEL.npy</c>.</summary>
        public const string ElementType = "dtype";

        /// <summary>The shape of <c>KERNEL.npy</c>.</summary>
        public const string Shape = "shape";

        /// <summary>The names of the axes.</summary>
        public const string Axes = "axes";

        /// <summary>The axis of examples, and what stands on it.</summary>
        public const string Example = "example";

        /// <summary>Which set an example belongs to.</summary>
        public const string Set = "set";

        /// <summary>The sets of a kernel of several datasets, each with its name and its file.</summary>
        public const string Sets = "sets";

        /// <summary>The number of an example's question: examples of one prompt have the same.</summary>
        public const string Question = "question";

        /// <summary>The dataset of a skipped example.</summary>
        public const string File = "file";

        /// <summary>How the examples lie to the test set.</summary>
        public const string Alignment = "alignment";
    }
}
