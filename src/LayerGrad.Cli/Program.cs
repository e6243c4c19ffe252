using System.CommandLine;
using LayerGrad.Cli;

return CommandLine.Run(args);
