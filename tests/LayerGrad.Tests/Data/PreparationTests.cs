using LayerGrad.Data;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Data;

/// <summary>Small invented records in each source's format, and the texts that the study would have made of them.</summary>
public sealed class PreparationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Gsm8k_steps_lose_their_annotations_and_gain_spaces()
    {
        var file = _folder.Write("train.jsonl", """
            {"question": "Mia folds 3-page letters.  How many pages are 1,200 letters?", "answer": "One letter has 3 pages\n\nSo it is 1200*3=<<1200*3=3600>>3600 pages.\n#### 3,600"}
            """);
        var (none, simplified) = NoneAndSimplified("gsm8k", file);
        none.Instruction.ShouldBe("Mia folds 3-page letters. How many pages are 1,200 letters?");
        none.Output.ShouldBe("3600");
        simplified.Output.ShouldBe("One letter has 3 pages. . So it is 1200 * 3 = 3600 pages.\nThe final answer is 3600");
    }

    [Fact]
    public void Aqua_options_are_lettered_and_line_feeds_are_written_out()
    {
        var file = _folder.Write("train.json", """
            {"question": "What is twice 7?", "options": ["A)12", "B)13", "C)14", "D)15", "E)None"], "rationale": "2*7 = 14\nWhich is option C)\nAnswer: C", "correct": "C"}
            """);
        var (none, simplified) = NoneAndSimplified("aqua", file);
        none.Instruction.ShouldBe(@"What is twice 7?\nOptions:\n(A) 12\n(B) 13\n(C) 14\n(D) 15\n(E) None");
        none.Output.ShouldBe("(C)");
        simplified.Output.ShouldBe(@"2*7 = 14\nWhich is option C)" + "\nThe final answer is (C)");
    }

    [Theory]
    [InlineData("x = 4\\nThe answer is B.", "x = 4")]
    [InlineData("x = 4\\ncorrect answer B", "x = 4")]
    [InlineData("x = 4. CORRECT OPTION:OPTION B", "x = 4.")]
    [InlineData("x = 4\\nB", "x = 4")]
    [InlineData("So we choose vitamin B", "So we choose vitamin B")]
    [InlineData("The answer is B", "The answer is B")]
    public void Aqua_rationales_end_before_the_letter(string rationale, string expected)
    {
        var file = _folder.Write("train.json", $$"""{"question": "q", "options": ["A)1", "B)4"], "rationale": "{{rationale}}", "correct": "B"}""");
        NoneAndSimplified("aqua", file).Simplified.Output.ShouldBe(expected + "\nThe final answer is (B)");
    }

    [Fact]
    public void StrategyQa_facts_become_the_rationale()
    {
        var file = _folder.Write("train.json", """
            [{"qid": "1", "question": "Can a snail outrun a hare?", "answer": false, "facts": ["Snails are slow", "\"Hares\" are very  quick. ", "All\tcan see."], "decomposition": ["How fast is a snail?"]}]
            """);
        var (none, simplified) = NoneAndSimplified("strategyqa", file);
        (none.Instruction, none.Output).ShouldBe(("Can a snail outrun a hare?", "no"));
        simplified.Output.ShouldBe("Snails are slow. \"Hares\" are veryquick. All can see.\nThe final answer is no");
    }

    [Fact]
    public void Ecqa_takes_the_properties_of_the_right_option()
    {
        var file = _folder.Write("cqa_data_train.csv",
            "q_no,q_text,q_op1,q_op2,q_op3,q_op4,q_op5,q_ans,taskA_pos,taskA_neg,taskB\n" +
            "7,\"Where does a \"\"tired\"\" baker rest?\",oven,bed,moon,river,dough,bed,\"A bed is for rest\nBakers sleep in beds.\",Ovens are hot,\"Free text, long.\"\n");
        var (none, simplified) = NoneAndSimplified("ecqa", file);
        none.Instruction.ShouldBe("Where does a \"tired\" baker rest?" + @"\nOptions:\n- oven\n- bed\n- moon\n- river\n- dough");
        none.Output.ShouldBe("bed");
        simplified.Output.ShouldBe("A bed is for rest. Bakers sleep in beds.\nThe final answer is bed");
    }

    [Fact]
    public void Creak_asks_in_the_studys_seven_ways()
    {
        var lines = Enumerable.Range(0, 60).Select(i => $$"""{"sentence": "Sheep number {{i}} can read.", "label": "false", "explanation": "No  sheep reads."}""");
        var file = _folder.Write("train.json", string.Join('\n', lines));
        var datasets = Preparation.Prepare("creak", [file], 60, 42);
        var instructions = datasets[0].Examples.Select(example => System.Text.RegularExpressions.Regex.Replace(example.Instruction, @"number \d+", "number 1")).ToList();
        instructions.ShouldContain(@"Yes / no, is the following a verifiable fact?\n""Sheep number 1 can read.""");
        instructions.ShouldContain(@"Sheep number 1 can read.\nIs the above claim true?\nOptions:\n- yes\n- no");
        instructions.Distinct().Count().ShouldBe(7);
        datasets[0].Examples.ShouldAllBe(example => example.Output == "no");
        datasets[1].Examples[0].Output.ShouldBe("No sheep reads.\nThe final answer is no");
    }

    [Fact]
    public void Sensemaking_joins_its_three_tables()
    {
        _folder.Write("comve/subtaskA_data_all.csv", "id,sent0,sent1\n0,She wears a hat.,She wears a house.\n1,\"He eats, drinks a stone.\",He eats bread.\n");
        _folder.Write("comve/subtaskA_answers_all.csv", "0,1\n1,0\n");
        _folder.Write("comve/subtaskC_answers_all.csv", "0,houses are far too big to be worn by anyone,A house is no clothing.,Big.\n1,Stones are hard.,Stones,No\n");
        var datasets = Preparation.Prepare("sensemaking", [_folder.At("comve")], 500, 42);
        var first = datasets[0].Examples.Single(example => example.Instruction.Contains("hat", StringComparison.Ordinal));
        first.Instruction.ShouldEndWith(@"\nOptions:\n- Sentence A: ""She wears a hat.""\n- Sentence B: ""She wears a house.""\n");
        first.Output.ShouldBe("Sentence B");
        datasets[1].Examples[first.Index].Output.ShouldBe("A house is no clothing.\nThe final answer is Sentence B");
        datasets[0].Examples[1 - first.Index].Output.ShouldBe("Sentence A");
    }

    [Fact]
    public void Sensemaking_reads_the_one_table_too()
    {
        var file = _folder.Write("train.csv",
            "Correct Statement,Incorrect Statement,Right Reason1,Confusing Reason1,Confusing Reason2,Right Reason2,Right Reason3\n" +
            "Birds fly.,Desks fly.,Desks have no wings.,x,y,No wings.,Desks stay\n");
        var (none, simplified) = NoneAndSimplified("sensemaking", file);
        var wrong = none.Instruction.Contains(@"A: ""Desks fly.""", StringComparison.Ordinal) ? "Sentence A" : "Sentence B";
        none.Output.ShouldBe(wrong);
        simplified.Output.ShouldBe($"Desks have no wings.\nThe final answer is {wrong}");
    }

    [Fact]
    public void Math_makes_a_dataset_a_subject_with_the_solution_as_it_is()
    {
        _folder.Write("MATH/train/algebra/1.json", """{"problem": "Solve $x+1=2$.\nQuickly.", "level": "Level 1", "type": "Algebra", "solution": "We have\n\\[x=\\boxed{1}.\\]"}""");
        _folder.Write("MATH/train/counting/1.json", """{"problem": "Count.", "level": "Level 1", "type": "Counting & Probability", "solution": "\\boxed{3}"}""");
        var datasets = Preparation.Prepare("math", [_folder.At("MATH")], 500, 42);
        datasets.Select(dataset => dataset.FileName).ShouldBe(["algebra_with_cot.json", "counting_probability_with_cot.json"]);
        datasets[0].Examples[0].ShouldBe(new Example(0, "Solve $x+1=2$.\nQuickly.", "", "We have\n\\[x=\\boxed{1}.\\]"));
    }

    [Fact]
    public void Knowledge_takes_the_most_and_the_least_viewed_pages()
    {
        var words = string.Concat(Enumerable.Range(1, 30).Select(i => $"Sentence {i} of ten words is here for a count. "));
        string Page(string title, int views) => $$"""{"title": "{{title}}", "text": "{{words.Trim()}}", "views": {{views}}}""";
        var file = _folder.Write("pages.jsonl", string.Join('\n', Page("Sun", 900), Page("Pebble", 3), Page("Moon", 800), Page("Moss", 2)));
        var datasets = Preparation.Prepare("knowledge", [file], 2, 42).ToDictionary(dataset => dataset.FileName, dataset => dataset.Examples);
        datasets.Keys.ShouldBe(["popular_wikipedia_100.json", "popular_wikipedia_500.json", "popular_wikipedia_1000.json", "long_tail_wikipedia.json"]);
        datasets["popular_wikipedia_100.json"].Select(example => example.Instruction).ShouldBe(["\"Tell me about Sun.\"", "\"Tell me about Moon.\""], ignoreOrder: true);
        datasets["long_tail_wikipedia.json"].Select(example => example.Instruction).ShouldBe(["\"Tell me about Pebble.\"", "\"Tell me about Moss.\""], ignoreOrder: true);
        Sentences.Words(datasets["popular_wikipedia_100.json"][0].Output).ShouldBe(100);
        Sentences.Words(datasets["popular_wikipedia_500.json"][0].Output).ShouldBe(300);
    }

    [Fact]
    public void Flan_files_are_read_with_the_quotation_marks_that_the_study_lost()
    {
        var file = _folder.Write("creak_train.tsv", "\"Cats swim.\"\\nIs the above claim true?\tyes\t\"Cats\" can swim.\nIs it \"so\"?\tno\tIt is not.\n");
        var datasets = Preparation.Prepare("creak", [file], 500, 42);
        var first = datasets[0].Examples.Single(example => example.Output == "yes");
        first.Instruction.ShouldBe(@"Cats swim.\nIs the above claim true?");
        datasets[1].Examples[first.Index].Output.ShouldBe("Cats can swim.\nThe final answer is yes");
        datasets[0].Examples[1 - first.Index].Instruction.ShouldBe("Is it \"so\"?");
    }

    [Fact]
    public void Equal_seeds_give_equal_bytes_and_detailed_is_made_where_every_record_has_one()
    {
        var lines = Enumerable.Range(0, 40).Select(i => $$"""{"question": "Number {{i}}?", "answer": "It is\n#### {{i}}", "detailed": "Let us see: {{i}}."}""");
        var file = _folder.Write("train.jsonl", string.Join('\n', lines));
        byte[] Bytes(ulong seed)
        {
            var datasets = Preparation.Prepare("gsm8k", [file], 10, seed);
            datasets.Select(dataset => dataset.FileName).ShouldBe(["gsm8k_train_no_cot.json", "gsm8k_train_with_cot.json", "gsm8k_train_with_cot_gpt4o.json"]);
            DatasetFile.Write(_folder.At("out.json"), datasets[0].Examples);
            return File.ReadAllBytes(_folder.At("out.json"));
        }

        Bytes(42).ShouldBe(Bytes(42));
        Bytes(42).ShouldNotBe(Bytes(43));

        // The same on every machine, from an independent implementation: this must never change.
        Bytes(42);
        Dataset.Load(_folder.At("out.json")).Select(example => example.Output).ShouldBe(["13", "34", "8", "5", "12", "20", "21", "6", "18", "3"]);
    }

    [Theory]
    [InlineData("gsm8k", "a.jsonl", "{\"question\": \"q\"}", "a.jsonl has no `answer`; is this the right source?")]
    [InlineData("gsm8k", "a.jsonl", "{\"question\": \"q\", \"answer\": \"4\"}", "a.jsonl: `answer` has no final '#### ...'")]
    [InlineData("gsm8k", "a.jsonl", "{\"question\": \"q\"}\n{oops}", "a.jsonl:1 has no `answer`")]
    [InlineData("gsm8k", "a.jsonl", "{\"question\": \"q\", \"answer\": \"#### 4\"}\n{oops}", "a.jsonl:2:2: not valid JSON")]
    [InlineData("aqua", "a.json", "{\"question\": \"q\", \"options\": [\"A)1\"], \"rationale\": \"r\", \"correct\": \"F\"}", "`correct` is 'F'")]
    [InlineData("strategyqa", "a.json", "[{\"question\": \"q\", \"answer\": \"maybe\", \"facts\": []}]", "`answer` is 'maybe'")]
    [InlineData("sensemaking", "a.csv", "id,sent0,sent1\n0,a,b\n", "needs three tables")]
    [InlineData("creak", "a.tsv", "only one field\n", "a.tsv:1: 1 fields apart by tabs")]
    [InlineData("nosuch", "a.json", "{}", "'nosuch' is no source; choose one of gsm8k, aqua")]
    [InlineData("knowledge", "a.json", "[{\"title\": \"t\", \"text\": \"x\", \"views\": \"many\"}]", "`views` is 'many'; it should be a number")]
    public void What_is_wrong_is_told_with_its_place(string source, string name, string text, string message)
    {
        var file = _folder.Write(name, text);
        Should.Throw<InputException>(() => Preparation.Prepare(source, [file], 500, 42)).Message.ShouldContain(message);
    }

    [Fact]
    public void A_missing_file_is_told() =>
        Should.Throw<InputException>(() => Preparation.Prepare("aqua", [_folder.At("none.json")], 500, 42)).Message.ShouldContain("no such file or folder");

    public void Dispose() => _folder.Dispose();

    private static (Example None, Example Simplified) NoneAndSimplified(string source, string file)
    {
        var datasets = Preparation.Prepare(source, [file], 500, 42);
        datasets.Select(dataset => dataset.FileName).ShouldBe([$"{source}_train_no_cot.json", $"{source}_train_with_cot.json"]);
        return (datasets[0].Examples.Single(), datasets[1].Examples.Single());
    }
}
