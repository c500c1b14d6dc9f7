package dev.convoke.cli;

import dev.convoke.cli.Console.Mode;
import dev.convoke.engine.dl4j.NativeRuntime;
import dev.convoke.models.NearestName;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: the same verbs under {@code ./convoke} and as arguments of the jar under {@code spark-submit}. */
@Command(
        name = "convoke",
        description = "Trains convolutional networks on Apache Spark by parameter averaging.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionText.class,
        synopsisSubcommandLabel = "VERB",
        subcommands = {
            QuickstartCommand.class,
            SummaryCommand.class,
            ShardCommand.class,
            PreviewCommand.class,
            TrainCommand.class,
            PlanCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            RetrainCommand.class,
            RegistryCommand.class,
            HousekeepCommand.class,
            ReportCommand.class,
            RunsCommand.class,
            ClusterCommand.class
        },
        footer = {
            "",
            "Exit codes: 0 done, 1 a defect of ours, 2 usage or recipe, 3 data, 4 storage or cluster, 5 diverged,",
            "            6 owned by another run, 143 stopped by SIGTERM after a committed checkpoint."
        })
public final class Main implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    @Option(
            names = "--stacktrace",
            description = "Print the whole stack trace of a failure.",
            scope = CommandLine.ScopeType.INHERIT)
    private boolean stacktrace;

    @Option(
            names = "--quiet",
            description = "Say nothing but warnings, errors and results.",
            scope = CommandLine.ScopeType.INHERIT)
    private boolean quiet;

    @Option(
            names = "--json-progress",
            description = "Tell programs: JSON lines on stdout; what is for people goes to stderr.",
            scope = CommandLine.ScopeType.INHERIT)
    private boolean jsonProgress;

    private @Nullable Console console;

    private Main() {}

    /** Returns whom the verb speaks to: always the same, which knows what it has begun to write. */
    Console console() {
        if (console == null) {
            console = Console.ofProcess(jsonProgress ? Mode.JSON : quiet ? Mode.QUIET : Mode.LINES);
        }
        return console;
    }

    /** Runs one verb and ends the process with its exit code. */
    public static void main(String[] arguments) {
        SerialFilter.install();
        NativeRuntime.logThroughSlf4j();
        int code = run(arguments);
        if (code != 0 || !runsUnderSparkSubmit()) {
            // Ends threads that libraries leave behind; under spark-submit a clean return lets Spark finish its own
            // way.
            System.exit(code);
        }
    }

    /** Runs one verb and returns its exit code. */
    static int run(String... arguments) {
        Main main = new Main();
        return new CommandLine(main)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((failure, given) -> usageFailure(failure))
                .setExecutionExceptionHandler((failure, command, result) -> failure(failure, main, command))
                .setExecutionStrategy(parsed -> main.execute(parsed))
                .execute(arguments);
    }

    private int execute(ParseResult parsed) {
        if (jsonProgress) {
            if (quiet) {
                throw new ParameterException(
                        parsed.commandSpec().commandLine(), "--quiet and --json-progress: choose one");
            }
            // Nothing but JSON may stand on stdout then.
            parsed.commandSpec().commandLine().setOut(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    @Override
    public void run() {
        throw new UsageException(
                "No verb given; './convoke --help' lists them, './convoke quickstart' shows everything");
    }

    private static boolean runsUnderSparkSubmit() {
        return System.getProperty("SPARK_SUBMIT") != null;
    }

    private static int usageFailure(ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        PrintWriter errors = command.getErr();
        String hint = "";
        if (failure instanceof UnmatchedArgumentException unmatched && command.getParent() == null) {
            String verb = unmatched.getUnmatched().get(0);
            hint = "; did you mean '"
                    + NearestName.of(verb, command.getSubcommands().keySet()) + "'?";
        }
        errors.println("convoke: " + oneLine(String.valueOf(failure.getMessage())) + hint + " ('"
                + command.getCommandSpec().qualifiedName() + " --help' explains)");
        return ExitCode.USAGE.number();
    }

    private static int failure(Exception thrown, Main main, CommandLine command) {
        Exception failure = explained(thrown);
        ExitCode code = ExitCode.of(failure);
        Throwable speaker = ExitCode.speaker(failure);
        String message = speaker.getMessage() == null ? speaker.toString() : speaker.getMessage();
        if (code == ExitCode.DEFECT) {
            command.getErr()
                    .println("convoke: a defect of ours: " + oneLine(speaker.toString())
                            + "; run again with --stacktrace and report it");
        } else {
            message.lines().forEach(line -> command.getErr().println("convoke: " + line));
        }
        if (main.stacktrace) {
            failure.printStackTrace(command.getErr());
        } else {
            LOG.debug("Failed", failure);
        }
        return code.number();
    }

    /** Returns what a failure means where nothing of ours has said so yet. */
    static Exception explained(Exception thrown) {
        if (ExitCode.of(thrown) != ExitCode.DEFECT) {
            return thrown;
        }
        Optional<RuntimeException> meant = SparkFailure.explain(System.getProperty("spark.master", "local"), thrown);
        return meant.isPresent() ? meant.get() : thrown;
    }

    private static String oneLine(String message) {
        return message.replaceAll("\\s+", " ").trim();
    }
}
