using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using LayerGrad.Torch.Devices;
using TorchSharp;

namespace LayerGrad.Torch.Tests;

/// <summary>Numbers that TorchSharp would free while libtorch reads them are made in one place, which keeps them.</summary>
public sealed class ScalarTests
{
    [Fact]
    public void No_number_is_left_to_implicit_conversions()
    {
        using var file = new PEReader(File.OpenRead(typeof(TorchDevice<float>).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var members = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => (Type: metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name), Name: metadata.GetString(member.Name))).ToHashSet();

        members.ShouldNotContain((nameof(Scalar), "op_Implicit"));
        foreach (var name in (string[])["square", "square_", "vector_norm", "norm", "pow", "pow_"])
            members.Select(member => member.Name).ShouldNotContain(name);
        members.ShouldContain(("Tensor", "mul_"));
    }
}
