namespace LayerGrad.Studies.Plan;

/// <summary>Finds the word that was probably meant.</summary>
internal static class NearestWord
{
    /// <summary>"; did you mean 'x'?" where a known word is near enough to the given one, else a full stop.</summary>
    public static string Suggest(string word, IEnumerable<string> known)
    {
        var nearest = known.Select(candidate => (Word: candidate, Distance: EditDistance.Between(word, candidate))).MinBy(pair => pair.Distance);
        return nearest.Word is not null && nearest.Distance <= Math.Max(2, word.Length / 3) ? $"; did you mean '{nearest.Word}'?" : ".";
    }
}
