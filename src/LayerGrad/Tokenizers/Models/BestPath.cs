namespace LayerGrad.Tokenizers.Models;

/// <summary>For each position of a word the best way to it that is known: its score, and its last token. Kept for the next word.</summary>
internal sealed class BestPath
{
    private const int Unreached = -1;
    private (double Score, int Start, int Id)[] _ends = [];

    /// <summary>Forgets all ways.</summary>
    /// <param name="positions">How many positions the next word has.</param>
    public void Reset(int positions)
    {
        if (_ends.Length < positions)
            _ends = new (double, int, int)[Math.Max(positions, 2 * _ends.Length)];
        Array.Fill(_ends, (0, Unreached, 0), 0, positions);
    }

    /// <summary>The score of the best way to a position.</summary>
    public double ScoreOf(int position) => _ends[position].Score;

    /// <summary>Where the last token of the best way to a position starts.</summary>
    public int StartOf(int position) => _ends[position].Start;

    /// <summary>The last token of the best way to a position.</summary>
    public int IdOf(int position) => _ends[position].Id;

    /// <summary>Whether a score beats the best way to a position; an equal one does not.</summary>
    public bool IsBetter(int position, double score) => _ends[position].Start == Unreached || score > _ends[position].Score;

    /// <summary>Takes a way if it beats the best one to its end.</summary>
    public void Offer(int start, int end, int id, double score)
    {
        if (IsBetter(end, score))
            _ends[end] = (score, start, id);
    }
}
