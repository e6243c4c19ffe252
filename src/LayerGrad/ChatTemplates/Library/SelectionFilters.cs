using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>
/// Filters that apply another filter, or a test, to every element. As in Jinja, whatever is false gives nothing, be it a list or not:
/// <c>none | selectattr('type')</c> is empty and no error.
/// </summary>
internal static class SelectionFilters
{
    /// <summary><c>map(filter, ...)</c>, or <c>map(attribute=path, default=value)</c>.</summary>
    public static Value Map(Value value, Arguments arguments)
    {
        if (!value.IsTrue)
            return Generated([]);
        if (arguments.Positional.Count == 0)
        {
            var bound = arguments.Bind("attribute", "default");
            var path = bound.Required(0);
            return Generated(value.Elements().Select(item => SequenceFilters.At(item, path, arguments.Budget) is var found && found is UndefinedValue ? bound[1] ?? found : found));
        }

        var filter = arguments.Positional[0].Text;
        var rest = arguments.Skip(1);
        return Generated(value.Elements().Select(item => Filters.Apply(filter, item, rest)));
    }

    /// <summary><c>select</c>, <c>reject</c>, <c>selectattr</c> and <c>rejectattr</c>: the elements that pass, or fail, a test.</summary>
    public static Value Choose(Value value, Arguments arguments, bool keep, bool byAttribute)
    {
        if (!value.IsTrue)
            return Generated([]);
        var skipped = byAttribute ? 1 : 0;
        if (arguments.Positional.Count < skipped)
            throw new EvaluationException("Missing parameter for attribute name");
        var path = byAttribute ? arguments.Positional[0] : null;
        var test = arguments.Positional.Count > skipped ? arguments.Positional[skipped].Text : null;
        var rest = arguments.Skip(skipped + 1);
        return Generated(value.Elements().Where(item =>
        {
            var subject = SequenceFilters.At(item, path, arguments.Budget);
            return keep == (test is null ? subject.IsTrue : Tests.Passes(test, subject, rest));
        }));
    }

    private static GeneratorValue Generated(IEnumerable<Value> elements) => new(new ListValue([.. elements]));
}
