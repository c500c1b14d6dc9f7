package dev.convoke.bench.gpu;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./convoke bench gpu}, and the bundle's command: check, then measure, or one of them. */
@Command(
        name = "gpu",
        description = "The engine for NVIDIA GPUs: checked against the CPU's, measured beside PyTorch.",
        mixinStandardHelpOptions = true,
        subcommands = {CheckCommand.class, MeasureCommand.class, ExplainCommand.class})
public final class GpuBench implements Callable<Integer> {

    /** Runs the bundle's command and ends the process: 0 all is well, 1 it is not, 2 usage. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new GpuBench()).execute(arguments));
    }

    /** Checks, and measures whatever comes out of it. */
    @Override
    public Integer call() {
        int worst = 0;
        for (String command : List.of("check", "measure")) {
            worst = Math.max(worst, new CommandLine(new GpuBench()).execute(command));
        }
        return worst;
    }
}
