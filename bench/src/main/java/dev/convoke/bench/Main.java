package dev.convoke.bench;

import dev.convoke.bench.accuracy.AccuracyBench;
import dev.convoke.bench.averaging.AveragingBench;
import dev.convoke.bench.checkpoint.CheckpointBench;
import dev.convoke.bench.data.DataBench;
import dev.convoke.bench.engine.EngineBench;
import dev.convoke.bench.gpu.GpuBench;
import dev.convoke.bench.gpu.GpuBundle;
import dev.convoke.bench.ingest.IngestBench;
import dev.convoke.bench.seeing.SeeingBench;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./convoke bench X}: one benchmark, side by side with its peers, in one run. */
@Command(
        name = "convoke bench",
        description = "Benchmarks beside the peers they are compared with, in one run.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "BENCHMARK",
        subcommands = {
            AccuracyBench.class,
            AveragingBench.class,
            CheckpointBench.class,
            DataBench.class,
            EngineBench.class,
            GpuBench.class,
            GpuBundle.class,
            IngestBench.class,
            SeeingBench.class
        })
public final class Main implements Runnable {

    private static final int DEFECT = 1;
    private static final int USAGE = 2;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run()
    private CommandSpec spec;

    @Option(
            names = "--stacktrace",
            description = "Print the whole stack trace of a failure.",
            scope = CommandLine.ScopeType.INHERIT)
    private boolean stacktrace;

    private Main() {}

    /** Runs one benchmark and ends the process: 0 done, 1 it failed, 2 usage. */
    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    static int execute(String... arguments) {
        Main main = new Main();
        return new CommandLine(main)
                .setParameterExceptionHandler((failure, given) -> usageFailure(failure))
                .setExecutionExceptionHandler((failure, command, result) -> main.failure(failure, command))
                .execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "No benchmark named; there are: "
                        + String.join(", ", spec.subcommands().keySet()));
    }

    private static int usageFailure(ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        command.getErr()
                .println("convoke: " + failure.getMessage() + " ('"
                        + command.getCommandSpec().qualifiedName() + " --help' explains)");
        return USAGE;
    }

    private int failure(Exception failure, CommandLine command) {
        boolean ofTheUser = failure instanceof IllegalArgumentException;
        command.getErr().println("convoke: " + (failure.getMessage() == null ? failure : failure.getMessage()));
        if (stacktrace || !ofTheUser) {
            failure.printStackTrace(command.getErr());
        }
        return ofTheUser ? USAGE : DEFECT;
    }
}
