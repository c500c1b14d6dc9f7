package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.cuda.CudaEngine.Choice;
import dev.convoke.engine.cuda.CudaReplica;
import dev.convoke.engine.cuda.CudaReplica.StepTime;
import java.io.PrintWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the time of a training step goes. */
@Command(
        name = "explain",
        description = "Trains a network on noise and lists what each step of a minibatch takes.",
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {

    private static final int STEPS = 20;
    private static final int RUNS = 5;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Option(names = "--network", description = "From the catalog (default: ${DEFAULT-VALUE}).")
    private String network = "alexnet";

    @Option(names = "--batch", description = "Examples of a minibatch (default: ${DEFAULT-VALUE}).")
    private int batch = 128;

    @Option(names = "--precision", description = "float32 or bfloat16 (default: ${DEFAULT-VALUE}).")
    private String precision = "bfloat16";

    @Option(names = "--choice", description = "SAME_BITS or FASTEST (default: ${DEFAULT-VALUE}).")
    private Choice choice = Choice.FASTEST;

    @Option(names = "--bytes", description = "Of a minibatch of bytes, with all that can be done to them.")
    private boolean bytes;

    @Option(names = "--most", description = "Lines of the listing (default: ${DEFAULT-VALUE}).")
    private int most = 30;

    @Option(names = "--gpu", description = "The GPU's number (default: ${DEFAULT-VALUE}).")
    private int gpu;

    @Option(names = "--folder", description = "Where the networks are (default: the bundle's, the checkout's).")
    private Path folder = GpuFiles.folder();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        MeasuredNetwork measured =
                GraphFile.read(GpuFiles.networks(folder).resolve(network + ".json"), MeasuredNetwork.class);
        Scenario scenario = new Scenario(network, measured.image(), batch, 1, 1e-3, measured.graph());
        Minibatch noise = bytes ? new BytesScenario(scenario).bytes() : scenario.minibatch(0);
        ReplicaSettings settings = new ReplicaSettings(
                Runtime.getRuntime().availableProcessors(), batch, CheckOptions.precision(precision));
        long began = System.nanoTime();
        try (CudaReplica replica = CudaReplica.open(new Gpu(gpu), measured.graph(), settings, choice)) {
            replica.writeState(0, FloatBuffer.wrap(scenario.initialState()));
            replica.train(noise, new Step(1e-3, 1));
            double ready = seconds(began);
            replica.trainAgain(new Step(1e-3, 2));
            long resident = System.nanoTime();
            for (int step = 0; step < STEPS; step++) {
                replica.trainAgain(new Step(1e-3, 3 + step));
            }
            double same = seconds(resident);
            long copied = System.nanoTime();
            for (int step = 0; step < STEPS; step++) {
                replica.train(noise, new Step(1e-3, 3 + step));
            }
            double rate = STEPS * batch / same;
            out.printf(
                    Locale.ROOT,
                    "%s %s %s batch %d: %.0f images/s, %.2f ms a step, %.1f TFLOP/s; %.0f images/s with copies; ready in"
                            + " %.1f s; %.0f MB%n",
                    network,
                    precision,
                    choice,
                    batch,
                    rate,
                    same * 1000 / STEPS,
                    rate * measured.trainingFlops() / 1e12,
                    STEPS * batch / seconds(copied),
                    ready,
                    replica.deviceBytes() / 1e6);
            List<StepTime> times = replica.explain(noise, RUNS);
            out.printf(
                    Locale.ROOT,
                    "%d steps, %.2f ms alone%n",
                    times.size(),
                    times.stream().mapToDouble(StepTime::milliseconds).sum());
            times.stream()
                    .sorted((one, other) -> Double.compare(other.milliseconds(), one.milliseconds()))
                    .limit(most)
                    .forEach(time -> out.printf(Locale.ROOT, "%9.3f ms  %s%n", time.milliseconds(), time.title()));
        }
        out.flush();
        return 0;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
