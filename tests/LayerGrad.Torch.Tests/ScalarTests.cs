using LayerGrad.Torch.Devices;
using LayerGrad.Torch.Storage;
using Mono.Cecil;
using TorchSharp;

namespace LayerGrad.Torch.Tests;

/// <summary>Numbers that TorchSharp would free while libtorch reads them are made in one place, which keeps them.</summary>
public sealed class ScalarTests
{
    [Fact]
    public void No_number_is_left_to_implicit_conversions()
    {
        using var ours = ModuleDefinition.ReadModule(typeof(TorchDevice<float>).Assembly.Location);
        var makers = ours.GetTypes().SelectMany(type => type.Methods).Where(MakesNumbers).Select(method => method.DeclaringType.Name).ToHashSet();

        makers.ShouldBe([nameof(Scalars)]);
    }

    /// <summary>
    /// <c>x.add_(y)</c> is <c>x.add_(y, 1)</c> in TorchSharp, and the number that it makes of the 1 is freed where the garbage collector comes before libtorch has read it:
    /// once in some thousand tests libtorch was handed the remains ("Expected false to be true").
    /// </summary>
    [Fact]
    public void No_function_is_called_that_makes_numbers_itself()
    {
        using var library = ModuleDefinition.ReadModule(typeof(torch).Assembly.Location);
        using var ours = ModuleDefinition.ReadModule(typeof(TorchDevice<float>).Assembly.Location);
        var makers = MakersWithin(library);
        makers.ShouldContain(name => name.EndsWith("Tensor::add_(TorchSharp.torch/Tensor)", StringComparison.Ordinal));

        var called = ours.GetTypes().Where(type => type.Name != nameof(Scalars)).SelectMany(type => type.Methods).SelectMany(Calls).ToHashSet();

        called.ShouldContain(name => name.EndsWith("Tensor::add_(TorchSharp.torch/Tensor,TorchSharp.Scalar)", StringComparison.Ordinal));
        called.Where(makers.Contains).ShouldBeEmpty();
    }

    /// <summary>The functions of a library that make numbers, or call one that does.</summary>
    private static HashSet<string> MakersWithin(ModuleDefinition library)
    {
        var methods = library.GetTypes().Where(type => type.Name is not ("Scalar" or "ScalarExtensionMethods")).SelectMany(type => type.Methods).ToList();
        var found = methods.Where(MakesNumbers).Select(method => method.FullName).ToHashSet();
        for (var before = 0; before < found.Count;)
        {
            before = found.Count;
            found.UnionWith(methods.Where(method => Calls(method).Any(found.Contains)).Select(method => method.FullName));
        }
        return found;
    }

    private static bool MakesNumbers(MethodDefinition method) => Calls(method).Any(name => name.StartsWith("TorchSharp.Scalar TorchSharp.", StringComparison.Ordinal));

    private static IEnumerable<string> Calls(MethodDefinition method) =>
        method.HasBody ? method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>().Select(called => called.FullName) : [];
}
