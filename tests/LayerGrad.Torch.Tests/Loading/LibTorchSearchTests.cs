using LayerGrad.Torch.Loading;

namespace LayerGrad.Torch.Tests.Loading;

/// <summary>libtorch is looked for in the variable's folder, in Python's package and in NuGet's cache, in this order, and taken only where its version fits.</summary>
public sealed class LibTorchSearchTests : IDisposable
{
    private readonly FakeLibTorch _machine = new();

    [Fact]
    public void The_variable_goes_before_Pythons_and_those_before_NuGet()
    {
        var nuget = _machine.NuGet("home/.nuget/packages", "libtorch-cpu", "2.10.0");
        _machine.Search.Choose().Folder.ShouldBe(nuget);

        _machine.Pythons["python3"] = _machine.Package("system", "2.10.0+cpu");
        Chosen().ShouldBe("system/lib");

        _machine.Variables["CONDA_PREFIX"] = _machine.PathOf("conda");
        _machine.Pythons[_machine.PathOf("conda/bin/python3")] = _machine.Package("conda", "2.11.0");
        Chosen().ShouldBe("conda/lib");

        _machine.Variables["VIRTUAL_ENV"] = _machine.PathOf("venv");
        _machine.Pythons[_machine.PathOf("venv/bin/python3")] = _machine.Package("venv", "2.11.0+cu130", cuda: true);
        Chosen().ShouldBe("venv/lib");
        _machine.Search.Choose().HasCuda.ShouldBeTrue();

        _machine.Variables["LAYERGRAD_LIBTORCH"] = _machine.Unpacked("own", "2.10.0+cpu");
        Chosen().ShouldBe("own/lib");
        _machine.Search.Choose().HasCuda.ShouldBeFalse();
        _machine.Search.Choose().MissingCuda.ShouldBe([LibraryFile.Of("torch_cuda"), LibraryFile.Of("c10_cuda")]);
    }

    [Fact]
    public void NuGets_cache_may_lie_elsewhere_and_CUDA_goes_before_processors_and_the_newest_first()
    {
        _machine.Variables["NUGET_PACKAGES"] = _machine.PathOf("cache");
        _machine.NuGet("home/.nuget/packages", "libtorch-cuda-12.8", "2.10.0");
        _machine.NuGet("cache", "libtorch-cpu", "2.10.0");
        _machine.NuGet("cache", "libtorch-cuda-12.8", "2.10.0");
        _machine.NuGet("cache", "libtorch-cuda-12.8", "2.7.1");

        _machine.Search.All().Select(found => Path.GetRelativePath(_machine.PathOf("cache"), found.Folder).Split('/')[..2]).ShouldBe(
        [
            [$"libtorch-cuda-12.8-{LibraryFile.System}", "2.7.1"], [$"libtorch-cuda-12.8-{LibraryFile.System}", "2.10.0"], [$"libtorch-cpu-{LibraryFile.System}", "2.10.0"],
        ]);
        Chosen().ShouldStartWith($"cache/libtorch-cuda-12.8-{LibraryFile.System}/2.10.0/");
    }

    [Theory]
    [InlineData("2.10.0")]
    [InlineData("2.10.0+cpu")]
    [InlineData("2.10.1+cu128")]
    [InlineData("2.11.0+cu130")]
    public void Versions_that_fit_are_taken_from_a_package_and_from_an_unpacked_libtorch(string version)
    {
        foreach (var folder in (string[])[_machine.Package("package", version), Path.Combine(_machine.Package("package", version), "lib"), _machine.Unpacked("unpacked", version)])
        {
            _machine.Variables["LAYERGRAD_LIBTORCH"] = folder;
            _machine.Search.Choose().Version.ShouldBe(version);
        }
    }

    [Theory]
    [InlineData("2.13.0+cu130")]
    [InlineData("2.12.0")]
    [InlineData("2.1.0")]
    [InlineData("2.9.1+cpu")]
    [InlineData("1.13.1")]
    public void Others_are_refused_by_their_version_and_by_where_they_lie(string version)
    {
        var folder = _machine.Package("package", version);
        _machine.Variables["LAYERGRAD_LIBTORCH"] = folder;
        ShouldRefuse("no libtorch that fits", version, Path.Combine(folder, "lib"), "LAYERGRAD_LIBTORCH", "only 2.10 and 2.11 fit", "pip install torch==2.11.0");
    }

    [Fact]
    public void A_Python_whose_torch_does_not_fit_is_passed_over_and_told_where_nothing_else_fits()
    {
        _machine.Pythons["python3"] = _machine.Package("system", "2.13.0");
        ShouldRefuse("2.13.0", _machine.PathOf("system/lib"), "torch of python3");

        var nuget = _machine.NuGet("home/.nuget/packages", "libtorch-cpu", "2.10.0");
        _machine.Search.Choose().Folder.ShouldBe(nuget);
    }

    [Fact]
    public void A_folder_that_the_user_names_is_the_only_one()
    {
        _machine.Pythons["python3"] = _machine.Package("system", "2.11.0");
        _machine.Variables["LAYERGRAD_LIBTORCH"] = _machine.PathOf("nowhere");
        ShouldRefuse(_machine.PathOf("nowhere"), $"are no {LibraryFile.Of("torch")} and no {LibraryFile.Of("torch_cpu")} and no {LibraryFile.Of("c10")}");
    }

    [Fact]
    public void What_is_missing_is_said_file_by_file()
    {
        var folder = _machine.Package("package", "2.11.0");
        File.Delete(Path.Combine(folder, "lib", LibraryFile.Of("c10")));
        _machine.Variables["LAYERGRAD_LIBTORCH"] = folder;
        ShouldRefuse($"is no {LibraryFile.Of("c10")}");
    }

    [Fact]
    public void A_version_that_nothing_tells_does_not_fit()
    {
        _machine.Variables["LAYERGRAD_LIBTORCH"] = _machine.Libraries("bare");
        ShouldRefuse("neither version.py nor build-version");
    }

    [Fact]
    public void The_version_of_links_into_NuGets_cache_is_the_packages()
    {
        var native = _machine.NuGet("cache", "libtorch-cpu", "2.10.0");
        Directory.CreateDirectory(_machine.PathOf("links"));
        foreach (var file in Directory.GetFiles(native))
            File.CreateSymbolicLink(Path.Combine(_machine.PathOf("links"), Path.GetFileName(file)), file);
        _machine.Variables["LAYERGRAD_LIBTORCH"] = _machine.PathOf("links");
        _machine.Search.Choose().Version.ShouldBe("2.10.0");
    }

    [Fact]
    public void Where_there_is_none_the_line_says_what_was_looked_at()
    {
        _machine.Variables["VIRTUAL_ENV"] = _machine.PathOf("venv");
        ShouldRefuse("libtorch was not found", "LAYERGRAD_LIBTORCH (not set)", "VIRTUAL_ENV", "python3 on PATH", _machine.PathOf("home/.nuget/packages"), "libtorch-cpu-");
    }

    [Fact]
    public void Doctor_tells_the_same()
    {
        var missing = TorchReport.Libraries(_machine.Search).ShouldHaveSingleItem();
        (missing.Found, missing.Subject).ShouldBe((false, "libtorch"));
        missing.Value.ShouldContain("python3 on PATH (has no torch)");
        missing.Advice.ShouldNotBeNull().ShouldContain("docs/gpu.md");

        _machine.Pythons["python3"] = _machine.Package("system", "2.13.0");
        var native = _machine.NuGet("home/.nuget/packages", "libtorch-cpu", "2.10.0");
        var findings = TorchReport.Libraries(_machine.Search, () => null!).ToList();
        findings.Select(finding => finding.Found).ShouldBe([false, true]);
        findings[0].Value.ShouldContain("2.13.0");
        findings[1].Value.ShouldContain(native);
        findings[1].Value.ShouldContain($"without CUDA ({LibraryFile.Of("torch_cuda")}, {LibraryFile.Of("c10_cuda")} not there)");

        var broken = TorchReport.Libraries(_machine.Search, () => throw new InputException("it cannot be loaded")).Last();
        (broken.Found, broken.Value).ShouldBe((false, "it cannot be loaded"));
    }

    [Fact]
    public void A_GPU_is_looked_for_by_files_alone()
    {
        CudaDriver.MayHaveGpu(_machine.PathOf("root")).ShouldBeFalse();
        Directory.CreateDirectory(_machine.PathOf("root/dev"));
        File.WriteAllText(_machine.PathOf("root/dev/nvidiactl"), "");
        CudaDriver.MayHaveGpu(_machine.PathOf("root")).ShouldBeTrue();
    }

    /// <inheritdoc />
    public void Dispose() => _machine.Dispose();

    private string Chosen() => Path.GetRelativePath(_machine.PathOf(""), _machine.Search.Choose().Folder).Replace('\\', '/');

    private void ShouldRefuse(params string[] parts)
    {
        var message = Should.Throw<InputException>(() => _machine.Search.Choose()).Message;
        foreach (var part in parts)
            message.ShouldContain(part);
        message.ShouldNotContain("\n");
    }
}
