using LayerGrad.Fuzz.Mutations;
using LayerGrad.Fuzz.Workers;
using LayerGrad.Tokenizers;
using Encoding = System.Text.Encoding;

namespace LayerGrad.Fuzz.Targets;

/// <summary>Tokenizers and chat templates.</summary>
internal static class LanguageTargets
{
    private static readonly string[] s_texts = ["Hello world, 12 + 34 = 46?\n\n  \t", "ça a été 日本語 😀👩‍👩‍👧 ﬁ İ", new string('a', 60) + "!", "<s>a▁b<unk> <|end_of_text|>", "\u0000\u0301\ud800"];

    private static readonly JsonMutation s_tokenizer = new(
        "BPE", "Unigram", "WordPiece", "WordLevel", "ByteLevel", "Metaspace", "Split", "Replace", "Sequence", "Digits", "Punctuation", "Whitespace", "BertPreTokenizer", "BertNormalizer", "NFC", "NFKD", "Lowercase", "Strip",
        "Prepend", "Precompiled", "TemplateProcessing", "RobertaProcessing", "ByteFallback", "Fuse", "Isolated", "Removed", "MergedWithPrevious", "Contiguous", "always", "first", "never", "<unk>", "##", "type", "Regex", "String",
        "\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)", "(?:a*)*b", "a|b|", "^", "$", "(?i:'s|'t)");

    private static readonly JsonMutation s_tokenizerConfig = new("chat_template", "bos_token", "eos_token", "add_bos_token", "LlamaTokenizer", "GPT2TokenizerFast", "PreTrainedTokenizerFast", "default", "tool_use", "{{ bos_token }}", "{% for m in messages %}{{ m['content'] }}{% endfor %}", "add_prefix_space", "legacy");

    private static readonly TextMutation s_template = new(
        "{% for m in messages %}", "{% endfor %}", "{% if true %}", "{% elif x %}", "{% else %}", "{% endif %}", "{% set x = 1 %}", "{% set ns = namespace(a=1) %}", "{% macro f(a, b=2) %}", "{% endmacro %}", "{% break %}", "{% generation %}",
        "{{", "}}", "{%", "%}", "{#", "#}", "{{-", "-%}", "{% raw %}", "{% filter upper %}", "(", ")", "[", "]", "{", "}", "'", "\"", "|", ".", ",", ":", "~", "**", "//", "%", "-", "not ", " in ", " is defined", " if ", " else ",
        "range(1000000000)", "'a' * 1000000000", "[[1]] * 100000000", "9223372036854775807", "1e308", "messages", "loop.index", "loop(messages)", "f(1)", "x.y.z", "messages[0]", "messages[::-1]", "messages[99]", "bos_token",
        "|tojson(indent=4)", "|join(',')", "|length", "|trim", "|list", "|sort", "|map(attribute='role')", "|selectattr('role', 'equalto', 'user')", "|replace('a', 'aa')", "|format(1)", "'%s%999999999d'|format(1)", ".split('')", ".replace('', 'aaaa')",
        ".upper()", ".items()", "|center(1000000000)", "|indent(1000000000)", "|batch(0)", "|slice(0)", "raise_exception('no')", "strftime_now('%Y%Z%Q')", "cycler(1)", "joiner()", "self", "super()", "{% include 'a' %}", "{% call f() %}");

    private static readonly byte[][] s_templates = [.. new[]
    {
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        "{{- bos_token }}{% set ns = namespace(system='', count=0) %}{% for m in messages %}{% if m.role == 'system' %}{% set ns.system = m.content|trim %}{% else %}{% set ns.count = ns.count + 1 %}[{{ loop.index0 }}] {{ m.content|replace('a', 'b')|upper }}{{ eos_token if loop.last else '\\n' }}{% endif %}{% endfor %}{{ ns.system }}",
        "{% macro turn(role, text='') -%}<{{ role }}>{{ text }}</{{ role }}>{%- endmacro %}{%- for m in messages[:3] -%}{{ turn(m.role, text=m.content) }}{%- endfor -%}{{ messages|map(attribute='role')|join(', ') }} {{ messages|length + 1 ** 2 // 3 % 5 }} {{ {'a': [1, 2.5, none, true]}|tojson }} {{ 'x' in 'xyz' and not false }}",
        "{% for k, v in {'a': 1, 'b': [1, 2]}.items() %}{{ k ~ v }}{% endfor %}{% for i in range(3) %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}{{ '%s and %d'|format('a', 3) }}{{ messages[-1]['content'].split(' ')[0].strip() }}{{ [3, 1, 2]|sort|first }}{# a comment #}{{ 'abc'[::-1] }}",
    }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The targets.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FileTarget("tokenizer", "tokenizer.json", TokenizerSeeds, s_tokenizer.Mutate, LoadTokenizer, static folder => CheckpointTargets.Link(folder, "config.json", "tokenizer_config.json")),
        new FileTarget("tokenizer_config", "tokenizer_config.json", TokenizerConfigSeeds, s_tokenizerConfig.Mutate, LoadTokenizer, static folder => CheckpointTargets.Link(folder, "config.json", "tokenizer.json")),
        new FileTarget("template", "chat_template.jinja", static () => s_templates, s_template.Mutate,
            static path => FileTarget.Command("prompt", Path.GetDirectoryName(path)!, "--user", "Say a: [1, 2]", "--system", "Be brief.", "--date", "2024-07-26"),
            static folder => CheckpointTargets.Link(folder, "config.json", "tokenizer.json", "tokenizer_config.json")),
    ];

    /// <summary>Encodes some texts and decodes what comes of them.</summary>
    internal static void Use(Tokenizer tokenizer)
    {
        foreach (var text in s_texts)
            tokenizer.Decode(tokenizer.Encode(text).Ids.ToArray(), skipSpecialTokens: true);
        tokenizer.Decode([0, int.MaxValue, -1]);
    }

    private static Verdict LoadTokenizer(string path)
    {
        foreach (var rules in Enum.GetValues<TokenizerRules>())
            Use(Tokenizer.Load(Path.GetDirectoryName(path)!, rules));
        return Verdict.Read;
    }

    private static byte[][] TokenizerConfigSeeds() =>
    [
        File.ReadAllBytes(CheckpointTargets.Demo("tokenizer_config.json")),
        Encoding.UTF8.GetBytes("""{"bos_token":{"content":"<|begin_of_text|>","special":true},"eos_token":"<|end_of_text|>","add_bos_token":true,"add_eos_token":false,"model_max_length":1024,"chat_template":[{"name":"default","template":"{{ messages }}"},{"name":"tool_use","template":"{{ tools }}"}],"tokenizer_class":"PreTrainedTokenizerFast"}"""),
    ];

    private static byte[][] TokenizerSeeds() =>
    [
        File.ReadAllBytes(CheckpointTargets.Demo("tokenizer.json")),
        .. new[]
        {
            """{"added_tokens":[{"id":0,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null,"post_processor":null,"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"BPE","dropout":null,"unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{"<unk>":0,"<0x61>":1,"a":2,"b":3,"▁":4,"ab":5,"▁a":6},"merges":["a b","▁ a"]}}""",
            """{"added_tokens":[{"id":0,"content":"<unk>","special":true,"single_word":true,"lstrip":true,"rstrip":true,"normalized":true}],"normalizer":{"type":"NFKC"},"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<unk>","type_id":0}}],"pair":[],"special_tokens":{"<unk>":{"id":"<unk>","ids":[0],"tokens":["<unk>"]}}},"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},"model":{"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[["<unk>",0.0],["▁",-1.5],["a",-2.0],["▁a",-1.0],["aa",-2.5]]}}""",
            """{"added_tokens":[],"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":null,"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"a":1,"##a":2,"hello":3,",":4}}}""",
            """{"added_tokens":[],"normalizer":{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Strip","strip_left":true,"strip_right":true}]},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t)|\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]},"post_processor":{"type":"ByteLevel","trim_offsets":true},"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","unk_token":null,"ignore_merges":true,"vocab":{"a":0,"b":1,"ab":2,"Ġ":3,"Ġa":4},"merges":[["a","b"],["Ġ","a"]]}}""",
            """{"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"Punctuation","behavior":"Isolated"}]},"post_processor":null,"decoder":null,"model":{"type":"WordLevel","unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"Hello":2}}}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];
}
