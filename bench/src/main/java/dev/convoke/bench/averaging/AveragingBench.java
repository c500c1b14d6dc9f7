package dev.convoke.bench.averaging;

import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Row;
import dev.convoke.spark.CostCalibration;
import dev.convoke.training.cost.CostLaw;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Transport alone: what a round costs when nothing is trained, for both masters, with each executor in its own JVM.
 * Then what a worker inside Spark trains beside the same replica without it.
 */
@Command(
        name = "averaging",
        description =
                "Averaging rounds without training, beside DL4J's own master; then a worker inside Spark beside the"
                        + " bare training loop.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
public final class AveragingBench implements Callable<Integer> {

    @Mixin
    private BenchOptions options;

    @Option(
            names = "--states",
            split = ",",
            defaultValue = "24,187,537,1074",
            description = "Sizes of the state in MB (default: ${DEFAULT-VALUE}).")
    private List<Integer> states;

    @Option(
            names = "--workers",
            split = ",",
            description = "Workers, one executor each (default: 1,2,4, and 8 for states of up to "
                    + TransportCase.SMALL_MEGABYTES + " MB).")
    private @Nullable List<Integer> workers;

    @Option(
            names = "--masters",
            split = ",",
            defaultValue = "convoke,dl4j",
            description = "Which to measure (default: ${DEFAULT-VALUE}).")
    private List<String> masters;

    @Option(
            names = "--case-limit",
            defaultValue = "400",
            description = "Seconds a case may take, start included (default: ${DEFAULT-VALUE}).")
    private int limitSeconds;

    @Option(
            names = "--warm-up",
            defaultValue = "90",
            description = "Seconds of rounds in each case before any counts, for either master: runs go on for hours,"
                    + " and for the first minutes the compilers of all executors take much of a machine"
                    + " (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Option(
            names = "--conf",
            paramLabel = "KEY=VALUE",
            description = "A setting of Spark for all transport cases; may be repeated.")
    private List<String> conf = List.of();

    @Option(
            names = "--dl4j-rounds",
            defaultValue = "2",
            description = "Rounds measured of DL4J's master, which are long (default: ${DEFAULT-VALUE}).")
    private int dl4jRounds;

    @Option(
            names = "--tax-networks",
            split = ",",
            defaultValue = "alexnet,inception-v1",
            description = "Networks to train inside Spark and without it; none to leave it out"
                    + " (default: ${DEFAULT-VALUE}).")
    private List<String> taxNetworks;

    /** Made by picocli. */
    public AveragingBench() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        for (String master : masters) {
            if (!List.of(TransportCase.CONVOKE, TransportCase.DL4J).contains(master)) {
                throw new IllegalArgumentException(
                        "--masters " + master + ": there are " + TransportCase.CONVOKE + " and " + TransportCase.DL4J);
            }
        }
        BenchReport report = options.report();
        MachineBounds bounds = MachineBounds.measure();
        CostLaw law = law();
        report.add(rate("loopback").figure("rate", bounds.loopback()).build());
        report.add(rate("memory copy").figure("rate", bounds.memory()).build());
        report.add(Row.builder()
                .label("case", "what the prediction is made from")
                .number("overhead_ms", law.overheadMillis())
                .number("copy_rate", law.rates().copy())
                .number("average_rate", law.rates().average())
                .number("loopback_rate", law.rates().loopback())
                .build());
        for (int state : states) {
            for (int count : workers == null ? TransportCase.workersFor(state) : workers) {
                for (String master : masters) {
                    int rounds = master.equals(TransportCase.DL4J) ? dl4jRounds : options.repetitions();
                    TransportCase which = new TransportCase(master, state, count, rounds, warmUpSeconds, conf);
                    CaseProcess.Outcome outcome = CaseProcess.run(which.command(), which.driverOptions(), limitSeconds);
                    report.add(row(which, bounds, law, outcome));
                }
            }
        }
        Linearity.of(report.rows()).forEach(report::add);
        for (String network : taxNetworks) {
            if (!network.equals("none")) {
                report.add(TaxMain.row(network, options.repetitions(), limitSeconds));
            }
        }
        report.printTable();
        return 0;
    }

    /** Measures what 'plan' would measure. */
    private static CostLaw law() {
        SparkConf conf = new SparkConf()
                .setMaster("local")
                .setAppName("bench averaging")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1");
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            return CostCalibration.measure(spark);
        }
    }

    private static Row.Builder rate(String of) {
        return Row.builder().label("case", of).label("unit", "bytes/s");
    }

    private static Row row(TransportCase which, MachineBounds bounds, CostLaw law, CaseProcess.Outcome outcome)
            throws IOException {
        Row.Builder row = Row.builder()
                .label("master", which.master())
                .number("state_mb", (long) which.stateMegabytes())
                .number("workers", (long) which.workers())
                .number("bound_ms", bounds.roundMillis(which));
        if (outcome.json() != null) {
            CaseMain.Measured measured = CaseMain.Measured.ofJson(outcome.json());
            if (which.master().equals(TransportCase.CONVOKE)) {
                row.number("predicted_ms", law.onThisMachine(which.roundBytes()));
            }
            row.figure("round_ms", measured.roundMillis())
                    .further("driver_bytes", measured.driverBytes())
                    .further("executor_bytes", measured.executorBytes())
                    .further("driver_heap_mb", measured.driverHeapMegabytes());
            measured.phaseMillis().forEach((phase, figure) -> row.further(phase + "_ms", figure));
        }
        if (outcome.error() != null) {
            row.label("error", outcome.error());
        }
        return row.build();
    }
}
