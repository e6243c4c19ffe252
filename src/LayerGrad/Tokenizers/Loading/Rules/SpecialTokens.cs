using System.Globalization;
using LayerGrad.Json;

namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>
/// The tokens that transformers adds to those of tokenizer.json: the entries of <c>added_tokens_decoder</c> (of added_tokens.json where
/// there is none), then the tokens with a role, then further special tokens (<c>_from_pretrained</c> and <c>__init__</c> of the base classes).
/// </summary>
internal sealed class SpecialTokens
{
    private static readonly string[] s_roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly TokenizerSettings _files;
    private readonly ClassRules _rules;
    private readonly TokenizerRules _version;
    private readonly SortedDictionary<long, AddedToken> _listed = [];
    private readonly Dictionary<string, AddedToken> _listedByContent = [];
    private readonly Dictionary<string, NamedToken> _named = [];
    private readonly List<NamedToken> _further = [];

    /// <summary>Reads them.</summary>
    /// <param name="files">The files beside tokenizer.json.</param>
    /// <param name="tokenizer">The tokenizer.json.</param>
    /// <param name="rules">What the tokenizer class does.</param>
    /// <param name="version">The version of transformers.</param>
    public SpecialTokens(TokenizerSettings files, TokenizerDescription tokenizer, ClassRules rules, TokenizerRules version)
    {
        _files = files;
        _rules = rules;
        _version = version;
        ReadListed(tokenizer);
        foreach (var role in s_roles)
        {
            if (ReadRole(role) is { } token)
                _named.Add(role, token);
        }

        ReadFurther();
    }

    /// <summary>Whether special_tokens_map.json and added_tokens.json count: where tokenizer_config.json lists no added tokens.</summary>
    private bool IsOldLayout => _files.Config?.FindOrNull("added_tokens_decoder") is null;

    /// <summary>The text of the token with a role, or null.</summary>
    /// <param name="role">The role (<c>bos_token</c>).</param>
    public string? Find(string role) => _named.TryGetValue(role, out var token) ? token.Token.Content : null;

    /// <summary>The tokenizer with these tokens.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public TokenizerDescription AddTo(TokenizerDescription tokenizer)
    {
        var all = _named.Values.Concat(_further).ToList();
        var special = (_version == TokenizerRules.Transformers4 ? all : [.. _named.Values]).Select(token => token.Token.Content).ToHashSet();
        var added = _listed.Values.Select(token => token with { Special = token.Special || special.Contains(token.Content) }).ToList();
        var known = tokenizer.AddedTokens.Concat(added).Select(token => token.Content).ToHashSet();
        foreach (var (token, hasFlags) in all)
        {
            // Version 4 lets a token that has flags change those of tokenizer.json; both add what is new.
            if (known.Add(token.Content) || (_version == TokenizerRules.Transformers4 && hasFlags && !_listedByContent.ContainsKey(token.Content)))
                added.Add(token with { Special = token.Special || special.Contains(token.Content) });
        }

        return tokenizer.WithAddedTokens(added);
    }

    private void ReadListed(TokenizerDescription tokenizer)
    {
        if (IsOldLayout)
        {
            foreach (var (content, id) in _files.AddedTokens?.Members() ?? [])
                _listed[id.AsInt(0)] = Plain(content, IsNamedInFiles(content));
            foreach (var token in tokenizer.AddedTokens)
                _listed[token.Id] = token;
        }
        else
        {
            foreach (var (key, token) in _files.Config!.Value.Object("added_tokens_decoder").Members())
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                    throw token.Error($"{token.Path} must be an object named by the id of a token");
                _listed[id] = TokenizerDescription.ReadAddedToken(token, id);
            }
        }

        foreach (var token in _listed.Values)
            _listedByContent[token.Content] = token;
    }

    /// <summary>A token in added_tokens.json is special where a role or a list of the files names it.</summary>
    private bool IsNamedInFiles(string content) => s_roles.Any(role => Value(role) is { IsNull: false } value && Text(value) == content)
        || new[] { _files.Config, _files.SpecialTokensMap }.Any(file => file?.Find("additional_special_tokens") is { IsArray: true } list && list.Items().Any(item => Text(item) == content));

    private JsonValue? Value(string key) => (IsOldLayout ? _files.SpecialTokensMap?.FindOrNull(key) : null) ?? _files.Config?.FindOrNull(key);

    private NamedToken? ReadRole(string role)
    {
        if (Value(role) is { } value)
            return value.IsNull ? null : Resolve(Read(value), isMask: role == "mask_token");
        return _rules.Names.TryGetValue(role, out var name) ? WithClassFlags(new NamedToken(Plain(name, special: true), HasFlags: false), isMask: role == "mask_token") : null;
    }

    /// <summary>A token that is listed brings the flags that it has there.</summary>
    private NamedToken Resolve(NamedToken token, bool isMask) => _listedByContent.TryGetValue(token.Token.Content, out var known)
        ? new NamedToken(known, HasFlags: true)
        : WithClassFlags(token, isMask);

    private NamedToken WithClassFlags(NamedToken token, bool isMask)
    {
        if (token.HasFlags)
            return token;
        return isMask && _rules.MaskSwallowsSpaces
            ? new NamedToken(token.Token with { StripLeft = true }, HasFlags: true)
            : token with { HasFlags = _rules.NamesGetFlags };
    }

    private void ReadFurther()
    {
        foreach (var item in FurtherItems())
        {
            var token = Read(item);
            if (_further.TrueForAll(other => other.Token.Content != token.Token.Content))
                _further.Add(token);
        }

        _further.AddRange(_rules.FurtherTokens.Select(content => new NamedToken(Plain(content, special: true), HasFlags: false)));
        if (Value("extra_special_tokens") is not { IsNull: false } extra)
            return;
        if (extra.IsObject)
        {
            // Version 4 adds named ones after the others, version 5 with those that have a role.
            foreach (var (role, value) in extra.Members())
            {
                var token = Resolve(Read(value), isMask: false);
                if (_version == TokenizerRules.Transformers4)
                    _further.Add(token);
                else
                    _named[role] = token;
            }
        }
        else if (_version == TokenizerRules.Transformers4)
        {
            throw extra.Error($"{extra.Path} is a list, on which transformers 4.57 fails; read the files with --tokenizer-rules transformers-5, or name the list additional_special_tokens");
        }
    }

    private IEnumerable<JsonValue> FurtherItems()
    {
        var isList = _version == TokenizerRules.Transformers5 && Value("extra_special_tokens") is { IsArray: true };
        var own = isList ? Value("extra_special_tokens")!.Value.Items() : _files.Config?.OptionalArray("additional_special_tokens") ?? [];
        return isList || !IsOldLayout ? own : own.Concat(_files.SpecialTokensMap?.OptionalArray("additional_special_tokens") ?? []);
    }

    private static string Text(JsonValue value) => value.IsObject ? value.Text("content") : value.AsText();

    /// <summary>A token written as a text or as an object with flags.</summary>
    private NamedToken Read(JsonValue value)
    {
        if (!value.IsObject)
            return new NamedToken(Plain(value.AsText(), special: true), HasFlags: false);
        var token = TokenizerDescription.ReadAddedToken(value, id: 0);
        return new NamedToken(token with { Special = token.Special || value.File == _files.SpecialTokensMap?.File }, HasFlags: true);
    }

    private static AddedToken Plain(string content, bool special) =>
        new(0, content, SingleWord: false, StripLeft: false, StripRight: false, Normalized: !special, special);

    /// <summary>A token, and whether its flags were given (an <c>AddedToken</c> in Python) or are those of a mere text.</summary>
    private readonly record struct NamedToken(AddedToken Token, bool HasFlags);
}
