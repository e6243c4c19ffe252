using System.Globalization;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>
/// Which modules of a model an adapter's configuration names, by the rules of PEFT (<c>tuners_utils.check_target_module_exists</c>): endings of names or
/// one regular expression for the whole name, less what is excluded, in some layers.
/// </summary>
/// <param name="config">The configuration.</param>
internal sealed class AdapterTargets(JsonValue config)
{
    private const string AllLinear = "all-linear";

    private static readonly string[] s_heads = ["lm_head", "embed_out"];

    private readonly string? _pattern = config.Find("target_modules") is { IsText: true } text && text.AsText() != AllLinear ? text.AsText() : null;
    private readonly bool _allLinear = config.Find("target_modules") is { IsText: true } text && text.AsText() == AllLinear;
    private readonly string[] _endings = config.Find("target_modules") is { IsArray: true } list ? [.. list.Items().Select(static item => item.AsText())] : [];
    private readonly string[] _saved = Texts(config, "modules_to_save");
    private readonly long[] _layers = config.Find("layers_to_transform") switch
    {
        { IsArray: true } list => [.. list.Items().Select(static item => item.AsLong())],
        { } one => [one.AsLong()],
        null => [],
    };

    private readonly string[] _layerPatterns = Texts(config, "layers_pattern");

    /// <summary>What is named, as a user would say it.</summary>
    public string Text => _allLinear ? AllLinear : _pattern ?? string.Join(", ", _endings);

    /// <summary>The modules that are stored whole, by endings of their names.</summary>
    public IReadOnlyList<string> Saved => _saved;

    /// <summary>Whether a module is one that is stored whole, or lies within one.</summary>
    /// <param name="module">Its name.</param>
    public bool IsSaved(string module) => Array.Exists(_saved, saved => PythonPattern.Match($@"(^|.*\.){saved}($|\..*)", module, Place("modules_to_save")).Success);

    /// <summary>Whether the configuration names a module.</summary>
    /// <param name="module">Its name in the model's own class.</param>
    /// <exception cref="InputException">A pattern is none.</exception>
    public bool Names(string module)
    {
        if (IsExcluded(module) || IsSaved(module))
            return false;
        if (_pattern is not null)
            return PythonPattern.MatchesWhole(_pattern, module, Place("target_modules"));
        if (_allLinear)
            return !Array.Exists(s_heads, head => EndsWith(module, head));
        return Array.IndexOf(_endings, module) >= 0 || (Array.Exists(_endings, ending => EndsWith(module, ending)) && IsInLayers(module));
    }

    private static string[] Texts(JsonValue config, string key) => config.Find(key) switch
    {
        { IsArray: true } list => [.. list.Items().Select(static item => item.AsText())],
        { } one => [one.AsText()],
        null => [],
    };

    private static bool EndsWith(string module, string ending) => module == ending || module.EndsWith("." + ending, StringComparison.Ordinal);

    private bool IsExcluded(string module) => config.Find("exclude_modules") switch
    {
        { IsText: true } pattern => PythonPattern.MatchesWhole(pattern.AsText(), module, Place("exclude_modules")),
        { } list => list.Items().Any(item => EndsWith(module, item.AsText())),
        null => false,
    };

    private bool IsInLayers(string module)
    {
        if (_layers.Length == 0)
            return true;
        var match = _layerPatterns.Length == 0
            ? PythonPattern.Match(@".*\.[^.]*\.(\d+)\.", module, Place("layers_pattern"))
            : _layerPatterns.Select(pattern => PythonPattern.Match($@".*\.{pattern}\.(\d+)\.", module, Place("layers_pattern"))).FirstOrDefault(static match => match.Success);
        return match is { Success: true } && long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) && Array.IndexOf(_layers, layer) >= 0;
    }

    private string Place(string key) => $"{config.File}: {key}";
}
