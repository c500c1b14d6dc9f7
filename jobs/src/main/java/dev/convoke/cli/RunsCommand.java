package dev.convoke.cli;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.report.RunOverview;
import dev.convoke.evaluation.report.RunReport;
import dev.convoke.models.NearestName;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists, compares and plots runs. */
@Command(
        name = "runs",
        description = "Lists the runs in a folder and its folders; compares recipes and figures; plots their curves.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class RunsCommand implements Callable<Integer> {

    /** Rounds read of each run: enough for the small curve in a list, and for a plot. */
    private static final int LISTED_ROUNDS = 24;

    private static final int PLOTTED_ROUNDS = 300;

    /** In which order runs are listed. */
    enum Order {
        /** By when they were started last, the newest first. */
        STARTED,
        /** By name. */
        NAME,
        /** By top-1, the best first. */
        TOP1,
        /** By loss, the smallest first. */
        LOSS,
        /** By images a second, the fastest first. */
        SPEED
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "URI", description = "A folder with run directories, or one run.")
    private String folder;

    @Option(
            names = "--compare",
            split = ",",
            paramLabel = "NAME",
            description = "Shows these runs side by side; 'all' for all of them.")
    private List<String> compared = List.of();

    @Option(names = "--plot", paramLabel = "FILE", description = "Writes a page with the curves of the runs.")
    private @Nullable String plot;

    @Option(
            names = "--sort",
            defaultValue = "started",
            description = "started, name, top1, loss or speed (default: ${DEFAULT-VALUE}).")
    private Order order;

    @Option(names = "--json", description = "Print one JSON object for each run.")
    private boolean json;

    @Override
    public Integer call() {
        FileStores stores = StorageAccess.ofClassPath().stores();
        Location where = Location.parse(folder);
        FileStore store = stores.of(where);
        List<Location> found = chosen(RunOverview.find(store, where), where);
        int rounds = plot == null ? LISTED_ROUNDS : PLOTTED_ROUNDS;
        List<RunOverview> runs = new ArrayList<>();
        found.forEach(run -> runs.add(RunOverview.read(store, run, rounds)));
        runs.sort(comparator());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            runs.forEach(run -> out.println(RunsTable.json(run)));
        } else {
            out.print(compared.isEmpty() ? RunsTable.list(runs) : RunsTable.sideBySide(runs));
        }
        if (plot != null) {
            Location page = Location.parse(plot);
            stores.of(page).replace(page, RunReport.comparison(runs));
            if (!json) {
                out.println("The curves: " + page);
            }
        }
        out.flush();
        return ExitCode.DONE.number();
    }

    private List<Location> chosen(List<Location> found, Location where) {
        if (found.isEmpty()) {
            throw new UsageException("There is no run in " + where + ": name a folder with run directories, each with"
                    + " a recipe.yaml");
        }
        if (compared.isEmpty() || compared.equals(List.of("all"))) {
            return found;
        }
        List<String> names = found.stream().map(Location::name).toList();
        List<Location> chosen = new ArrayList<>();
        for (String name : compared) {
            if (!names.contains(name)) {
                throw new UsageException("There is no run '" + name + "' in " + where + ": did you mean '"
                        + NearestName.of(name, names) + "'?");
            }
            found.stream().filter(run -> run.name().equals(name)).forEach(chosen::add);
        }
        return chosen;
    }

    private Comparator<RunOverview> comparator() {
        Comparator<RunOverview> byName = Comparator.comparing(run -> run.run().uri());
        return switch (order) {
            case NAME -> byName;
            case STARTED ->
                Comparator.comparing(RunsCommand::started).reversed().thenComparing(byName);
            case TOP1 ->
                Comparator.comparingDouble((RunOverview run) -> -figure(run, headline -> headline.top1(), -1))
                        .thenComparing(byName);
            case LOSS ->
                Comparator.comparingDouble(
                                (RunOverview run) -> figure(run, headline -> headline.loss(), Double.MAX_VALUE))
                        .thenComparing(byName);
            case SPEED ->
                Comparator.comparingDouble(
                                (RunOverview run) -> Double.isNaN(run.imagesPerSecond()) ? 0 : -run.imagesPerSecond())
                        .thenComparing(byName);
        };
    }

    private static Instant started(RunOverview run) {
        return run.state().map(content -> content.started()).orElse(Instant.EPOCH);
    }

    private static double figure(
            RunOverview run, java.util.function.ToDoubleFunction<EvaluationReport.Headline> figure, double otherwise) {
        return run.figures()
                .map(report -> figure.applyAsDouble(report.headline()))
                .filter(Double::isFinite)
                .orElse(otherwise);
    }
}
