using System.IO.Compression;
using System.Xml.Linq;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Library;

/// <summary>What is handed out works where nothing of this repository is: packages, the tool, and the program in machine code.</summary>
public sealed class ReleaseTests
{
    private static readonly string s_model = Path.Combine(Shared.Repository, "demo", "model");
    private static readonly string s_data = Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json");

    /// <summary>NuGet keeps what it once unpacked under a version, so each run has one of its own.</summary>
    private static readonly string s_version = FormattableString.Invariant($"0.0.1-test.{DateTime.UtcNow.Ticks}");

    [Fact]
    public void A_fresh_project_restores_the_package_and_runs_the_first_sample()
    {
        using var folder = new TemporaryFolder();
        Pack("LayerGrad", folder);
        using (var package = ZipFile.OpenRead(Directory.GetFiles(folder.Path, "LayerGrad.*.nupkg").ShouldHaveSingleItem()))
        {
            string[] needed = ["README.md", "icon.png", "LICENSE", "lib/net10.0/LayerGrad.dll", "lib/net10.0/LayerGrad.xml"];
            needed.ShouldBeSubsetOf(package.Entries.Select(entry => entry.FullName));
        }

        folder.Write("app/app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="LayerGrad" Version="{s_version}" /></ItemGroup>
            </Project>
            """);
        folder.Write("app/Program.cs", File.ReadAllText(Path.Combine(Shared.Repository, "samples", "Measure", "Program.cs")));
        try
        {
            SampleTests.Output("dotnet", ["build", "-c", "Release", "-v", "quiet", "-nologo", "-o", folder.At("built"), $"-p:RestoreAdditionalProjectSources={folder.Path}"], folder.At("app"));
            SampleTests.Output("dotnet", [folder.At("built/app.dll"), s_model, s_data], folder.Path).ShouldBe(SampleTests.Run("Measure", s_model, s_data));
        }
        finally
        {
            Forget("layergrad");
        }
    }

    [Fact]
    public void Public_types_and_members_are_documented()
    {
        var types = typeof(LanguageModel).Assembly.GetExportedTypes();
        types.ShouldAllBe(type => type.Namespace == "LayerGrad");
        types.Length.ShouldBeLessThan(40);
        var documented = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "LayerGrad.xml")).Descendants("member").Select(member => member.Attribute("name")!.Value).ToHashSet();
        types.Select(type => $"T:{type.FullName}").ShouldBeSubsetOf(documented);
    }

    [WholeExtentFact]
    public void The_tool_installs_from_its_package_and_measures()
    {
        using var folder = new TemporaryFolder();
        Pack("LayerGrad.Cli", folder);
        try
        {
            SampleTests.Output("dotnet", ["tool", "install", "LayerGrad.Tool", "--version", s_version, "--tool-path", folder.At("tools"), "--add-source", folder.Path], folder.Path);
            SampleTests.Output(folder.At("tools/layergrad"), ["--version"], folder.Path)[0].ShouldContain('+');
            SampleTests.Output(folder.At("tools/layergrad"), ["measure", "--model", s_model, "--data", s_data, "--limit", "1", "--out", folder.At("run.jsonl")], folder.Path);
            MeasuredRun.Read(folder.At("run.jsonl")).Count().ShouldBe(1);
        }
        finally
        {
            Forget("layergrad.tool");
        }
    }

    [WholeExtentFact(NeedsLinker = true)]
    public void The_release_in_machine_code_does_what_the_program_does()
    {
        var archive = SampleTests.Output(Path.Combine(Shared.Repository, "scripts", "publish"), ["linux-x64", "cpu"], Shared.Repository)[^1];
        new FileInfo(Path.Combine(Shared.Repository, archive)).Length.ShouldBeLessThan(25L << 20);
        var program = Path.Combine(Shared.Repository, archive[..^".tar.gz".Length], "layergrad");
        using var folder = new TemporaryFolder();
        List<string> Do(params string[] arguments) => SampleTests.Output(program, arguments, folder.Path);

        Do("measure", "--model", s_model, "--data", s_data, "--limit", "4", "--spectra", "--out", "run.jsonl");
        Layergrad.Run("measure", "--model", s_model, "--data", s_data, "--limit", "4", "--spectra", "--out", folder.At("jit.jsonl")).Status.ShouldBe(0);
        foreach (var (mine, theirs) in MeasuredRun.Read(folder.At("run.jsonl")).Zip(MeasuredRun.Read(folder.At("jit.jsonl")), (one, other) => (one, other)))
        {
            foreach (var gradient in mine.Gradients)
                gradient.NuclearNorm.ShouldBe(theirs[gradient.Weight].NuclearNorm, 1e-4 * theirs[gradient.Weight].NuclearNorm);
        }

        // Threads that call a library for the first time side by side: each start is another throw of the dice.
        for (var start = 0; start < 12; start++)
            Do("measure", "--model", s_model, "--data", s_data, "--limit", "1", "--threads", "2", "--out", $"start{start}.jsonl");

        // What of the packages might want code that is made at run time: tables, YAML, templates, pages.
        Do("export", "run.jsonl", "--out", "run.parquet");
        Do("export", "run.jsonl", "--out", "run.csv");
        Do("compare", "run.jsonl", "--bootstrap", "100").ShouldContain(line => line.Contains("S_sum", StringComparison.Ordinal));
        Do("plot", "run.jsonl", "--out", "run.svg");
        Do("report", "run.jsonl", "--out", "run.html");
        Do("study", Path.Combine(Shared.Repository, "studies", "paper.yaml"), "--status");
        if (Shared.Exists)
        {
            foreach (var file in Directory.GetFiles(Shared.Path("data-forms")).Where(file => !file.EndsWith(".md", StringComparison.Ordinal)))
                Do("data", "inspect", file).ShouldNotBeEmpty();
        }
    }

    private static void Pack(string project, TemporaryFolder folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        SampleTests.Output("dotnet", ["pack", Path.Combine(Shared.Repository, "src", project), "-c", configuration, "--no-build", "-nologo", "-v", "quiet", "-o", folder.Path, $"-p:PackageVersion={s_version}"], Shared.Repository);
    }

    private static void Forget(string package)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var unpacked = Path.Combine(packages, package, s_version);
        if (Directory.Exists(unpacked))
            Directory.Delete(unpacked, recursive: true);
    }
}
