using System.Globalization;
using LayerGrad.Fuzz;
using LayerGrad.Fuzz.Targets;
using LayerGrad.Fuzz.Workers;

const string Usage = "usage: scripts/fuzz TARGET|all [--seconds N] [--mutations N] [--seed S] [--corpus DIR]";
if (args is ["--worker", var worked, var pipe])
    return WorkerLoop.Run(FuzzTargets.Find(worked)!, pipe);
if (args is ["--planted"])
    return Planted.Report(Console.Out);

string? name = null;
var (mutations, seconds, seed) = (int.MaxValue, double.PositiveInfinity, 1);
var corpus = Path.Combine(Repository.Root, "tests", "LayerGrad.Fuzz", "Corpus");
for (var i = 0; i < args.Length; i++)
{
    if (!args[i].StartsWith("--", StringComparison.Ordinal))
    {
        name = args[i];
        continue;
    }

    if (i + 1 == args.Length)
        return Refuse(Usage);
    var value = args[++i];
    var isKnown = args[i - 1] switch
    {
        "--mutations" => int.TryParse(value, CultureInfo.InvariantCulture, out mutations),
        "--seconds" => double.TryParse(value, CultureInfo.InvariantCulture, out seconds),
        "--seed" => int.TryParse(value, CultureInfo.InvariantCulture, out seed),
        "--corpus" => (corpus = value).Length > 0,
        _ => false,
    };
    if (!isKnown)
        return Refuse(Usage);
}

var chosen = FuzzTargets.All.Where(target => name == "all" || target.Name == name).ToList();
if (chosen.Count == 0)
    return Refuse($"{Usage}\ntargets: {string.Join(' ', FuzzTargets.All.Select(static target => target.Name))}");
if (mutations == int.MaxValue && double.IsPositiveInfinity(seconds))
    mutations = 3_000;
var time = double.IsPositiveInfinity(seconds) ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);
var options = new CampaignOptions(mutations, time, seed, corpus);
List<Campaign> campaigns = chosen.ConvertAll(target => new Campaign(target, options, Console.Out));
Parallel.ForEach(campaigns, new ParallelOptions { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, 1, 4) }, static campaign => campaign.Run());
var findings = campaigns.Sum(static campaign => campaign.Findings);
var blind = chosen.Where((_, i) => !campaigns[i].Tells).Select(static target => target.Name).ToList();
if (blind.Count > 0)
    Console.WriteLine($"told nothing apart: {string.Join(", ", blind)}");
Console.WriteLine($"targets: {chosen.Count}, findings: {findings}");
return findings > 0 || blind.Count > 0 ? 1 : 0;

static int Refuse(string line)
{
    Console.Error.WriteLine(line);
    return 2;
}
