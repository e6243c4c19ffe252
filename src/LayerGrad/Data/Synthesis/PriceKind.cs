using System.Globalization;

namespace LayerGrad.Data.Synthesis;

/// <summary>Things are bought at a price each: the change, or the cost of two kinds of things.</summary>
internal sealed class PriceKind : ProblemKind
{
    public override string Name => "price";

    public override SyntheticProblem Create(SeededRandom random) => random.Next(2) == 0 ? Change(random) : Total(random);

    private SyntheticProblem Change(SeededRandom random)
    {
        var (name, pronoun) = Choose(random, Words.People);
        var (one, many) = Choose(random, Words.Things[..6]);
        var (price, count) = (Between(random, 2, 9), Between(random, 2, 9));
        var cost = price * count;
        var paid = Between(random, cost + 1, Largest);
        var opening = random.Next(2) == 0 ? $"One {one} costs {price} dollars." : $"{Words.Capital(many)} cost {price} dollars each.";
        var question = random.Next(2) == 0
            ? $"{name} buys {count} {many} and pays with {paid} dollars. How many dollars does {pronoun} get back?"
            : $"{name} has {paid} dollars and buys {count} {many}. How many dollars are left?";
        return new SyntheticProblem(
            Name,
            $"{Name} {many} {paid}-{count}*{price}",
            $"{opening} {question}",
            Text(paid - cost),
            [$"{count} * {price} = {cost}.", $"{paid} - {cost} = {paid - cost}."],
            [
                $"Each {one} costs {price} dollars and {name} buys {count}, so we multiply: {count} * {price} = {cost}.",
                $"The {many} cost {cost} dollars in all.",
                $"{Words.Capital(pronoun)} has {paid} dollars, so we subtract the cost: {paid} - {cost} = {paid - cost}.",
            ]);
    }

    private SyntheticProblem Total(SeededRandom random)
    {
        var (name, pronoun) = Choose(random, Words.People);
        var things = ChooseSeveral(random, Words.Things[..6], 2);
        var (firstPrice, firstCount) = (Between(random, 2, 7), Between(random, 2, 7));
        var (secondPrice, secondCount) = (Between(random, 2, 7), Between(random, 2, 7));
        var (first, second) = (firstPrice * firstCount, secondPrice * secondCount);
        var opening = $"One {things[0].One} costs {firstPrice} dollars and one {things[1].One} costs {secondPrice} dollars.";
        var question = random.Next(2) == 0
            ? $"{name} buys {firstCount} {things[0].Many} and {secondCount} {things[1].Many}. How many dollars does {pronoun} pay?"
            : $"How many dollars does {name} pay for {firstCount} {things[0].Many} and {secondCount} {things[1].Many}?";
        return new SyntheticProblem(
            Name,
            $"{Name} {things[0].Many} {things[1].Many} {firstCount}*{firstPrice}+{secondCount}*{secondPrice}",
            $"{opening} {question}",
            Text(first + second),
            [$"{firstCount} * {firstPrice} = {first}.", $"{secondCount} * {secondPrice} = {second}.", $"{first} + {second} = {first + second}."],
            [
                $"{firstCount} {things[0].Many} at {firstPrice} dollars each cost {firstCount} * {firstPrice} = {first}.",
                $"{secondCount} {things[1].Many} at {secondPrice} dollars each cost {secondCount} * {secondPrice} = {second}.",
                $"We add both costs: {first} + {second} = {first + second}.",
            ]);
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
