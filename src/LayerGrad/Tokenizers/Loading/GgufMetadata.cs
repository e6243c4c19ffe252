using System.Globalization;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>The metadata of a GGUF file: typed access that says in one line what is wrong.</summary>
/// <param name="values">Strings, numbers and truth values, and arrays of them.</param>
/// <param name="source">The file.</param>
internal sealed class GgufMetadata(IReadOnlyDictionary<string, object> values, string source)
{
    /// <summary>The file, for error messages.</summary>
    public string Source => source;

    /// <summary>A string, or null where the key is missing.</summary>
    public string? Text(string key) => values.TryGetValue(key, out var value)
        ? value as string ?? throw Error($"{key} must be a string")
        : null;

    /// <summary>A truth value, or null where the key is missing.</summary>
    public bool? Flag(string key) => values.TryGetValue(key, out var value)
        ? value as bool? ?? throw Error($"{key} must be true or false")
        : null;

    /// <summary>An array, or null where the key is missing.</summary>
    public T[]? Array<T>(string key) => values.TryGetValue(key, out var value)
        ? value as T[] ?? throw Error($"{key} must be an array of {(typeof(T) == typeof(string) ? "strings" : "numbers")}")
        : null;

    /// <summary>A whole number that is not negative, or null where the key is missing.</summary>
    public int? Number(string key)
    {
        if (!values.TryGetValue(key, out var value))
            return null;
        var number = value is IConvertible and not (string or bool) ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : double.NaN;
        return number is >= 0 and <= int.MaxValue && Math.Floor(number) == number ? (int)number : throw Error($"{key} must be a whole number");
    }

    /// <summary>An error of the file.</summary>
    public InputException Error(string what) => new($"{source}: {what}");
}
