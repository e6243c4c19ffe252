using System.CommandLine;
using LayerGrad.Cli;
using LayerGrad.Torch;

TorchDevices.Register();
return CommandLine.Run(args);
