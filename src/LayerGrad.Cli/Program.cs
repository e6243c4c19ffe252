using LayerGrad.Cli;

#if !PROCESSOR_ONLY
LayerGrad.Torch.TorchDevices.Register();
#endif
StandardStream.Install();
return CommandLine.Run(args);
