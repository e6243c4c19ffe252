using LayerGrad.Tests.Support;

namespace LayerGrad.Tests;

public sealed class WholeFileTests
{
    [Fact]
    public void Several_writers_of_one_file_do_not_meet_in_its_draft()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("plan.json");

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => WholeFile.Write(path, new string((char)('a' + i % 26), 5000)));

        var text = File.ReadAllText(path);
        text.ShouldBe(new string(text[0], 5000));
        Directory.GetFiles(folder.Path).ShouldBe([path]);
    }

    [Fact]
    public void What_a_killed_writer_left_goes_and_what_another_is_writing_stays()
    {
        using var folder = new TemporaryFolder();
        var abandoned = folder.Write("plan.json.123-1.tmp", "half");
        using var living = new Draft(folder.At("plan.json"));
        living.File.Write("half"u8);
        File.Exists(abandoned).ShouldBeFalse();

        WholeFile.Write(folder.At("plan.json"), "whole");
        living.File.Write(" and half"u8);
        living.Place();

        File.ReadAllText(folder.At("plan.json")).ShouldBe("half and half");
    }
}
