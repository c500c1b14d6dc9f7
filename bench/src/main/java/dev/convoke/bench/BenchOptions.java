package dev.convoke.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every benchmark can be asked; a picocli mixin. */
public final class BenchOptions {

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Option(names = "--json", paramLabel = "FILE", description = "Write machine and rows to this file as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--repetitions",
            defaultValue = "5",
            description = "How often each figure is measured (default: ${DEFAULT-VALUE}).")
    private int repetitions;

    /** Returns how often each figure is to be measured, 1 or more. */
    public int repetitions() {
        if (repetitions < 1) {
            throw new IllegalArgumentException("--repetitions " + repetitions + ": needs to be 1 or more");
        }
        return repetitions;
    }

    /** Returns an empty report to the console and to the file asked for. */
    public BenchReport report() {
        return new BenchReport(spec.commandLine().getOut(), json);
    }
}
